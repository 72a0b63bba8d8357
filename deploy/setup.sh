#!/bin/sh
# Prepares .venv from the locked, hashed packages. Called by the Makefile as `deploy/setup.sh demo|dev`.
# Plain POSIX sh: it must run before anything is installed.
set -eu
cd "$(dirname "$0")/.."
packages=$1

stop() {
    printf 'vault-responder: %s\n' "$1" >&2
    exit 1
}

# Sets `python` to the first Python that is new enough and can make a virtual environment.
find_python() {
    found='no Python' found_new='' python=''
    for candidate in python3.13 python3.12 python3.11 python3; do
        # A version manager's stand-in answers to its name and then fails, so the name alone proves nothing.
        version=$("$candidate" -c 'import platform; print(platform.python_version())' 2>/dev/null) || continue
        found="Python $version"
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || continue
        found_new=$version
        "$candidate" -c 'import ensurepip, venv' 2>/dev/null || continue
        python=$candidate
        return
    done
    [ -n "$found_new" ] ||
        stop "Python 3.11 or newer is needed and $found was found; install one, then run this again."
    stop "Python $found_new has no venv module; install it (Debian, Ubuntu: apt-get install python${found_new%.*}-venv), then run this again."
}

# An environment that was moved, or made by a Python that is gone or too old, is made anew.
if ! .venv/bin/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    find_python
    "$python" -m venv --clear .venv ||
        stop "$python could not make .venv (its words are above); free the folder or its disk, then run this again."
fi

pip() {
    .venv/bin/python -m pip --disable-pip-version-check --quiet install "$@"
}

echo "vault-responder: installing the locked packages into .venv (only this once)"
# Wheels only: building from source would fetch tools that no hash covers.
pip --require-hashes --only-binary :all: -r "deploy/lock/$packages.txt" ||
    stop "pip could not install deploy/lock/$packages.txt (its words are above); mend the network or proxy, then run this again."
pip --no-deps --no-build-isolation --editable . ||
    stop "pip could not install this checkout into .venv (its words are above); mend that, then run this again."

# dev holds everything that demo holds.
touch .venv/installed-demo
[ "$packages" = demo ] || touch .venv/installed-dev
