import { useActionState, type ReactNode } from 'react'
import type { Result } from '@/actions/_runtime'
import { leaveNote, type LeaveNoteError, type Note } from '@/actions/notes'

type State = { result: Result<Note, LeaveNoteError> | null; typed: FormData | null }

async function write(_previous: State, typed: FormData): Promise<State> {
  return { result: await leaveNote.form(null, typed), typed }
}

export function NoteForm() {
  const [{ result, typed }, formAction, isPending] = useActionState(write, { result: null, typed: null })
  const error = result && !result.ok ? result.error : null
  // React empties a form when its action is done: what was refused is put back.
  const kept = (name: string) => (error ? String(typed?.get(name)) : '')

  return (
    <form action={formAction} className="panel">
      {result?.ok && <p className="notice" role="status">Thank you. It is on the wall.</p>}
      {error && <p className="alert" role="alert">{error.message}</p>}
      <Labelled id="name" label="Your name" errors={error?.fields.name}>
        <input id="name" name="name" maxLength={40} required autoComplete="nickname" defaultValue={kept('name')} />
      </Labelled>
      <Labelled id="text" label="Your note" errors={error?.fields.text}>
        <textarea id="text" name="text" maxLength={280} rows={3} required defaultValue={kept('text')} />
      </Labelled>
      <button disabled={isPending}>{isPending ? 'Writing…' : 'Put it on the wall'}</button>
    </form>
  )
}

type Props = { id: string; label: string; errors?: readonly string[] | undefined; children: ReactNode }

function Labelled({ id, label, errors, children }: Props) {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children}
      {errors && <p className="field-error">{errors.join(' ')}</p>}
    </div>
  )
}
