#!/usr/bin/env bash
# Create the Action's private Python environment from the hashed lock file in this folder, and output its path.
# It is stored in RUNNER_TEMP under the lock's hash, so that later steps of the job reuse it. The user's Python is not changed.
set -euo pipefail

lock="$GITHUB_ACTION_PATH/action/requirements.txt"
needed='import sys; sys.exit(sys.version_info < (3, 11))'
has_pip='import importlib.util, sys; sys.exit(importlib.util.find_spec("pip") is None)'

# Fail with one sentence before anything is downloaded. The libraries are installed from wheels for glibc 2.28 and macOS.
refuse() {
  echo "::error title=hotfix::$1"
  exit 2
}

check_machine() {
  case "${RUNNER_OS:-$(uname -s 2>/dev/null || true)}" in
    Windows | MINGW* | MSYS* | CYGWIN*)
      refuse "The Action does not run on Windows: use a Linux or macOS runner, such as 'runs-on: ubuntu-latest'." ;;
    macOS | Darwin) return ;;
  esac
  local libc version
  libc="$(getconf GNU_LIBC_VERSION 2>/dev/null || ldd --version 2>&1 || true)"
  case "$libc" in
    *musl*)
      refuse "The Action does not run on musl (Alpine Linux): use an image with glibc 2.28 or newer, such as debian or ubuntu." ;;
    glibc\ 2.*)
      version="${libc#glibc 2.}"
      if ((${version%%[!0-9]*} < 28)); then
        refuse "The Action needs glibc 2.28 or newer, and this machine has ${libc#glibc }: use a newer image, such as debian:12 or ubuntu:24.04."
      fi ;;
  esac
}

key() {
  if command -v sha256sum >/dev/null; then sha256sum "$lock"; else shasum -a 256 "$lock"; fi | cut -c 1-16
}

# Print the first Python that is new enough: on the PATH, otherwise in the tool cache of hosted runners.
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
  uv venv --quiet --no-project --python '>=3.11' "$1" &&
    uv pip sync --quiet --require-hashes --only-binary :all: --python "$1/bin/python" "$lock"
}

# Creating a venv without pip takes a tenth of the time, so the base Python's pip fills it, in two processes. pip uses the
# mirrors configured on the machine; the hashes are checked for them as well.
with_pip() {
  local base half process site started=() status=0
  if ! base="$(base_python)"; then
    echo "::error title=hotfix::The Action needs Python 3.11 or newer, or uv, and found neither. Put the step 'uses: actions/setup-python' or 'uses: astral-sh/setup-uv' before it."
    return 1
  fi
  unset PIP_USER PIP_TARGET PIP_PREFIX PIP_ROOT PIP_CONSTRAINT PIP_REQUIRE_VIRTUALENV
  if ! "$base" -I -c "$has_pip"; then
    "$base" -I -m venv "$1" || return 1
    base="$1/bin/python"
  else
    "$base" -I -m venv --without-pip "$1" || return 1
  fi
  site="$("$1/bin/python" -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
  awk -v out="$1/lock" -f "$GITHUB_ACTION_PATH/action/halves.awk" "$lock" || return 1
  for half in "$1"/lock.*; do
    "$base" -I -m pip install -qq --disable-pip-version-check --no-input --no-compile --no-deps --only-binary :all: \
      --require-hashes --requirement "$half" --target "$site" &
    started+=("$!")
  done
  for process in "${started[@]}"; do
    wait "$process" || status=1
  done
  return "$status"
}

check_machine
runtime="$RUNNER_TEMP/hotfix-runtime-$(key)"
if [[ ! -e "$runtime/.ready" ]]; then
  rm -rf "$runtime"
  if command -v uv >/dev/null && with_uv "$runtime"; then
    :
  else
    rm -rf "$runtime"
    if ! with_pip "$runtime"; then
      echo "::error title=hotfix::The Action's own Python could not be prepared; the lines above say why. Fix that, or run the job again."
      exit 3
    fi
  fi
  : >"$runtime/.ready"
fi
echo "python=$runtime/bin/python" >>"$GITHUB_OUTPUT"
