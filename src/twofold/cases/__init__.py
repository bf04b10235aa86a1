"""Which execution model a case wants, and why: each module is one case, with code that runs.

Nothing here is imported by an app; `twofold explain` reads the files.
"""
