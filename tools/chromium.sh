#!/bin/sh
# Print the Chromium that the browser tests drive: $CHROMIUM if it is set, otherwise one that is here, otherwise a new one.
set -eu

find_chromium() {
    for candidate in chromium chromium-browser google-chrome google-chrome-stable \
        "/Applications/Chromium.app/Contents/MacOS/Chromium" "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
        if command -v "$candidate"; then
            return 0
        fi
    done
    return 1
}

refuse() {
    echo "The browser tests need Chromium: $1. Install it, or name it: make test CHROMIUM=/path/to/chromium" >&2
    exit 1
}

if [ -n "${CHROMIUM:-}" ]; then
    [ -x "$CHROMIUM" ] || refuse "CHROMIUM=$CHROMIUM is not a program"
    echo "$CHROMIUM"
    exit 0
fi

find_chromium && exit 0

command -v apt-get >/dev/null || refuse "it is not here, and there is no apt-get to install it with"
if [ "$(id -u)" -eq 0 ]; then
    as_root=""
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root="sudo"
else
    refuse "it is not here, and installing it takes root"
fi

echo "Installing Chromium" >&2
$as_root apt-get update -qq >&2
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >&2
find_chromium || refuse "it was installed and is still not on the path"
