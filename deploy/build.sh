#!/usr/bin/env bash
# Build the sdist, the wheel and a CycloneDX bill of materials in a folder, with the tools locked in requirements/release.txt.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=${1:?usage: deploy/build.sh FOLDER}
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3 -m venv "$tools"
"$tools/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r requirements/release.txt
"$tools/bin/python" -m build --no-isolation --outdir "$out" .
name=$(basename "$out"/*.whl -py3-none-any.whl)
"$tools/bin/cyclonedx-py" requirements requirements/service.txt --pyproject pyproject.toml --output-reproducible \
  --output-file "$out/$name.cdx.json"
