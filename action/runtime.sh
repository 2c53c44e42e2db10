#!/usr/bin/env bash
# Makes the private Python that the Action runs in, from the hashed lock beside this file, and says where it is.
# It lives below RUNNER_TEMP, keyed by the lock, so that later steps of the job find it ready; the user's Python stays as it was.
set -euo pipefail

lock="$GITHUB_ACTION_PATH/action/requirements.txt"
needed='import sys; sys.exit(sys.version_info < (3, 11))'

key() {
  if command -v sha256sum >/dev/null; then sha256sum "$lock"; else shasum -a 256 "$lock"; fi | cut -c 1-16
}

# The first Python that is new enough: on the PATH, else where hosted runners keep theirs.
base_python() {
  local candidate
  for candidate in python3 python python3.14 python3.13 python3.12 python3.11 \
    "${RUNNER_TOOL_CACHE:-/nonexistent}"/Python/3.1[1-9]*/*/bin/python3; do
    if command -v "$candidate" >/dev/null && "$candidate" -I -c "$needed" 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  return 1
}

with_uv() {
  uv venv --quiet --no-config --no-project --python '>=3.11' "$1" &&
    uv pip sync --quiet --no-config --require-hashes --only-binary :all: --python "$1/bin/python" "$lock"
}

# A venv without pip takes a tenth of the time; the base's pip fills it. Only a base without pip needs a whole one.
with_pip() {
  local base options=(--quiet --isolated --disable-pip-version-check --no-input --no-compile --require-hashes
    --only-binary :all: --requirement "$lock")
  if ! base="$(base_python)"; then
    echo "::error title=hotfix::The Action needs Python 3.11 or newer, or uv, and found neither. Put 'uses: actions/setup-python' or 'uses: astral-sh/setup-uv' before it"
    return 3
  fi
  if "$base" -I -m pip --version >/dev/null 2>&1; then
    "$base" -I -m venv --without-pip "$1" && "$base" -I -m pip --python "$1/bin/python" install "${options[@]}"
  else
    "$base" -I -m venv "$1" && "$1/bin/python" -I -m pip install "${options[@]}"
  fi
}

runtime="$RUNNER_TEMP/hotfix-runtime-$(key)"
if [[ ! -e "$runtime/.ready" ]]; then
  rm -rf "$runtime"
  if command -v uv >/dev/null && with_uv "$runtime"; then
    :
  else
    rm -rf "$runtime"
    with_pip "$runtime" || { status=$?; [[ $status == 3 ]] || echo "::error title=hotfix::The Action's own packages could not be installed; the lines above say why. Run the job again"; exit 3; }
  fi
  : >"$runtime/.ready"
fi
echo "python=$runtime/bin/python" >>"$GITHUB_OUTPUT"
