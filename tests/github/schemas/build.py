"""Generates the files in this folder from GitHub's published packages: `python -m tests.github.schemas.build`.

The packages come from npm (`npm pack`) at the versions below, all MIT; their licences are stored with what is kept
of them. Omitted: prose, examples, and every operation, webhook and type that the simulated GitHub doesn't implement.
Run it again after adding a route; versions are changed only by hand.
"""

from __future__ import annotations

import argparse
import json
import lzma
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from tests.github.schemas.build_examples import examples
from tests.github.schemas.build_graphql import reduced_sdl
from tests.github.schemas.build_openapi import rest, webhooks

HERE = Path(__file__).parent
PACKAGES = {
    "graphql-schema": "@octokit/graphql-schema@15.26.1",
    "openapi": "@octokit/openapi@23.0.2",
    "openapi-webhooks": "@octokit/openapi-webhooks@12.1.0",
    "webhooks-examples": "@octokit/webhooks-examples@7.6.1",
}


def fetch(into: Path) -> None:
    for name, package in PACKAGES.items():
        target = into / name
        if target.exists():
            continue
        done = subprocess.run(
            ["npm", "pack", "--silent", package], cwd=into, capture_output=True, text=True, check=True
        )
        with tarfile.open(into / done.stdout.split()[-1]) as archive:
            archive.extractall(target, filter="data")


def licences(source: Path) -> None:
    """Store the licences. The examples' package has no licence file: package.json says MIT, its README has the text."""
    for name, package in PACKAGES.items():
        found = sorted((source / name / "package").glob("LICENSE*"))
        target = HERE / f"LICENSE.{name}"
        if found:
            shutil.copyfile(found[0], target)
        else:
            said = json.loads((source / name / "package" / "package.json").read_text())
            target.write_text(
                f"{package}: {said['license']} licence\n{said.get('author', 'The Octokit contributors')}\n"
            )


def store(name: str, content: str) -> None:
    packed = lzma.compress(content.encode(), preset=9 | lzma.PRESET_EXTREME)
    (HERE / f"{name}.xz").write_bytes(packed)
    print(f"{name}: {len(content):,} characters, {len(packed):,} bytes stored")


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packages", type=Path, help="a directory to keep the fetched packages in")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        source: Path = args.packages or Path(made)
        source.mkdir(parents=True, exist_ok=True)
        fetch(source)
        licences(source)
        sdl = (source / "graphql-schema/package/schema.graphql").read_text()
        store("graphql.sdl", reduced_sdl(sdl))
        generated = "package/generated/api.github.com.json"
        store("rest.json", compact(rest(json.loads((source / "openapi" / generated).read_text()))))
        hooks = json.loads((source / "openapi-webhooks" / generated).read_text())
        store("webhooks.json", compact(webhooks(hooks)))
        payloads = source / "webhooks-examples/package/api.github.com/index.json"
        store("examples.json", compact(examples(json.loads(payloads.read_text()), hooks)))


if __name__ == "__main__":
    main()
