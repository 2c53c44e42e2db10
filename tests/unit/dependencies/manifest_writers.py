"""Writers of the same dependencies in every supported format, with randomly chosen layouts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

Pins = dict[str, str]
"""Package -> version."""


@dataclass(frozen=True)
class Format:
    path: str
    write: Callable[[Pins, Random], str]
    """Writes the dependencies in an order and layout that the generator chooses."""
    name: Callable[[str], str] = str
    """The package's name as the reader returns it."""
    version: Callable[[str], str] = str


def _shuffled(wanted: Pins, random: Random) -> list[tuple[str, str]]:
    items = list(wanted.items())
    random.shuffle(items)
    return items


def _json(document: object, random: Random) -> str:
    text = json.dumps(document, indent=random.choice([None, 1, 2, 4, "\t"]))
    return text.replace("\n", random.choice(["\n", "\r\n"])) + random.choice(["", "\n"])


def _gap(random: Random) -> str:
    return random.choice(["", "\n", "\n\n"])


def _package_json(wanted: Pins, random: Random) -> str:
    parts = [
        ("name", "shop"),
        ("version", f"{random.randrange(9)}.0.0"),
        ("scripts", {"test": f"run {random.randrange(99)}"}),
        ("dependencies", dict(_shuffled(wanted, random))),
    ]
    random.shuffle(parts)
    return _json(dict(parts), random)


def _package_lock_1(wanted: Pins, random: Random) -> str:
    packages = {
        name: {
            "version": version,
            "resolved": f"https://registry.example/{name}",
            "integrity": f"sha512-{name}{version}",
        }
        for name, version in _shuffled(wanted, random)
    }
    return _json({"lockfileVersion": 1, "version": f"{random.randrange(9)}", "dependencies": packages}, random)


def _package_lock_3(wanted: Pins, random: Random) -> str:
    packages: dict[str, object] = {"": {"name": "shop", "version": f"{random.randrange(9)}.0.0"}}
    for name, version in _shuffled(wanted, random):
        packages[f"node_modules/{name}"] = {"version": version, "integrity": f"sha512-{name}{version}"}
    return _json({"lockfileVersion": 3, "packages": packages}, random)


def _yarn_classic(wanted: Pins, random: Random) -> str:
    entries = [
        f'{name}@^1:\n  version "{version}"\n  resolved "https://r.example/{name}#{version}"\n'
        '  dependencies:\n    x "^1"\n'
        for name, version in _shuffled(wanted, random)
    ]
    return "# yarn lockfile v1\n\n" + "\n".join(entries)


def _yarn_berry(wanted: Pins, random: Random) -> str:
    entries = [
        f'"{name}@npm:^1":\n  version: {version}\n  resolution: "{name}@npm:{version}"\n  checksum: {name}{version}\n'
        "  languageName: node\n  linkType: hard\n"
        for name, version in _shuffled(wanted, random)
    ]
    own = f'"shop@workspace:.":\n  version: 0.0.{random.randrange(9)}-use.local\n  linkType: soft\n'
    return "__metadata:\n  version: 8\n\n" + "\n".join([*entries, own])


def _pnpm(wanted: Pins, random: Random) -> str:
    pad = " " * random.choice([2, 4])
    packages = "".join(
        f"{pad}{name}@{version}:\n{pad * 2}resolution: {{integrity: sha512-{name}{version}}}\n"
        for name, version in _shuffled(wanted, random)
    )
    return f"lockfileVersion: '9.0'\n\npackages:\n{packages or f'{pad}{{}}'}\n"


def _requirements(wanted: Pins, random: Random) -> str:
    lines = []
    for name, version in _shuffled(wanted, random):
        spelled = random.choice([name, name.upper(), name.title()])
        equals = random.choice(["==", " == ", "== "])
        hashed = random.choice([" ", " \\\n    "]) + f"--hash=sha256:{name}{version}"
        lines.append(spelled + equals + version + hashed + random.choice(["", "  # pinned"]))
    return "# locked\n" + f"\n{_gap(random)}".join(lines) + "\n"


def _pyproject(wanted: Pins, random: Random) -> str:
    sep = random.choice([", ", ",\n    "])
    items = sep.join(f'"{name}=={version}"' for name, version in _shuffled(wanted, random))
    version = f"0.{random.randrange(9)}"
    return (
        f'[project]\nname = "shop"\nversion   =   "{version}"\n\ndependencies = [{items}]\n{_gap(random)}[tool.ruff]\n'
    )


def _poetry(wanted: Pins, random: Random) -> str:
    lines = "".join(
        random.choice([f'{name} = "{version}"\n', f'{name} = {{ version = "{version}" }}\n'])
        for name, version in _shuffled(wanted, random)
    )
    return f"[tool.poetry.group.dev.dependencies]\n{lines}"


def _toml_lock(wanted: Pins, random: Random) -> str:
    gap = random.choice([" = ", "="])
    packages = [
        f'[[package]]\nname{gap}"{name}"\nversion{gap}"{version}"\n'
        'source = { registry = "https://pypi.example/simple" }\n'
        for name, version in _shuffled(wanted, random)
    ]
    return "version = 1\n\n" + "\n".join(packages)


def _pipfile_lock(wanted: Pins, random: Random) -> str:
    default = {name: {"version": f"=={version}", "hashes": [name]} for name, version in _shuffled(wanted, random)}
    return _json({"_meta": {"sources": []}, "default": default, "develop": {}}, random)


def _go_mod(wanted: Pins, random: Random) -> str:
    lines = []
    for name, version in _shuffled(wanted, random):
        indirect = random.choice(["", " // indirect"])
        lines.append(f"{name} v{version}{indirect}")
    if random.random() < 0.5:
        return "module shop\n\n" + "".join(f"require {line}\n" for line in lines)
    return "module shop\n\nrequire (\n" + "".join(f"\t{line}\n" for line in lines) + ")\n"


def _cargo_toml(wanted: Pins, random: Random) -> str:
    lines = [
        random.choice(
            [f'{name} = "{version}"\n', f'{name} = {{version="{version}"}}\n', f'{name}.version = "{version}"\n']
        )
        for name, version in _shuffled(wanted, random)
    ]
    return f'[package]\nname = "shop"\nversion = "{random.randrange(9)}.0.0"\n\n[dependencies]\n' + _gap(random).join(
        lines
    )


def _cargo_lock(wanted: Pins, random: Random) -> str:
    packages = [
        f'[[package]]\nname = "{name}"\nversion = "{version}"\n'
        f'source = "registry+https://crates.example"\nchecksum = "{version}"\n'
        for name, version in _shuffled(wanted, random)
    ]
    own = f'[[package]]\nname = "shop"\nversion = "{random.randrange(9)}.0.0"\n'
    return "version = 3\n\n" + "\n".join([own, *packages])


def _pom(wanted: Pins, random: Random) -> str:
    pad, end = random.choice([("", ""), ("  ", "\n"), ("\t", "\n\n")])
    properties, items = [], []
    for name, version in _shuffled(wanted, random):
        if random.random() < 0.5:
            properties.append(f"<{name}.version>{version}</{name}.version>{end}")
            version = f"${{{name}.version}}"
        items.append(
            f"{pad}<dependency>{end}<groupId>com.example</groupId><artifactId>{name}</artifactId>{end}"
            f"<version>{pad}{version}</version></dependency>{end}"
        )
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><groupId>com.example</groupId><artifactId>shop</artifactId>'
        f"<version>{random.randrange(9)}</version>{end}<properties>{''.join(properties)}</properties>"
        f"<dependencies>{''.join(items)}</dependencies></project>"
    )


def _catalog(wanted: Pins, random: Random) -> str:
    versions, libraries = [], []
    for name, version in _shuffled(wanted, random):
        module = f"com.example:{name}"
        if random.random() < 0.5:
            versions.append(f'{name} = "{version}"\n')
            libraries.append(f'{name} = {{ module = "{module}", version.ref = "{name}" }}\n')
        else:
            libraries.append(f'{name} = "{module}:{version}"\n')
    return f"[versions]\n{''.join(versions)}\n[libraries]\n{''.join(libraries)}"


def _gradle_lock(wanted: Pins, random: Random) -> str:
    return (
        "# locked\n"
        + "".join(f"com.example:{n}:{v}=runtime,compile\n" for n, v in _shuffled(wanted, random))
        + "empty=\n"
    )


def _gemfile_lock(wanted: Pins, random: Random) -> str:
    specs = "".join(f"    {name} ({version})\n      x (>= 1)\n" for name, version in _shuffled(wanted, random))
    own = f"PATH\n  remote: .\n  specs:\n    shop ({random.randrange(9)})\n\n"
    return f"{own}GEM\n  remote: https://rubygems.example/\n  specs:\n{specs}\nBUNDLED WITH\n   2.5.4\n"


def _composer(wanted: Pins, random: Random) -> str:
    require = {f"acme/{n}": v for n, v in _shuffled(wanted, random)}
    return _json({"name": "acme/shop", "require": require}, random)


def _composer_lock(wanted: Pins, random: Random) -> str:
    packages = [
        {"name": f"acme/{n}", "version": v, "source": {"reference": f"{n}{v}"}} for n, v in _shuffled(wanted, random)
    ]
    return _json({"content-hash": f"{random.random()}", "packages": packages, "packages-dev": []}, random)


def _csproj(wanted: Pins, random: Random) -> str:
    gap = random.choice(["\n  ", "", " "])
    items = [
        random.choice(
            [
                f'<PackageReference Include="{name}" Version="{version}" />',
                f'<PackageReference{gap or " "}Include="{name}">{gap}<Version>{version}</Version></PackageReference>',
            ]
        )
        for name, version in _shuffled(wanted, random)
    ]
    own = f"<PropertyGroup><Version>{random.randrange(9)}</Version></PropertyGroup>"
    return f'<Project Sdk="Microsoft.NET.Sdk">{own}<ItemGroup>{gap.join(items)}</ItemGroup></Project>'


def _packages_config(wanted: Pins, random: Random) -> str:
    packages = _gap(random).join(f'<package id="{n}" version="{v}"/>' for n, v in _shuffled(wanted, random))
    return f"<packages>{packages}</packages>"


def _nuget_lock(wanted: Pins, random: Random) -> str:
    packages = {n: {"type": "Direct", "resolved": v, "contentHash": f"{n}{v}"} for n, v in _shuffled(wanted, random)}
    return _json({"version": 1, "dependencies": {"net8.0": packages}}, random)


def _dockerfile(wanted: Pins, random: Random) -> str:
    lines = []
    for number, (name, version) in enumerate(_shuffled(wanted, random)):
        verb = random.choice(["FROM", "from", "FROM  "])
        lines.append(f"{verb} {name}:{version} AS stage{number}\nLABEL run={random.randrange(99)}\n")
    return "# stages\n" + _gap(random).join(lines) + "FROM scratch\n"


def _compose(wanted: Pins, random: Random) -> str:
    pad = " " * random.choice([2, 3, 4])
    spelled = random.choice(["{}:{}", "   {}:{}", '"{}:{}"'])
    services = "".join(
        f"{pad}{name}:\n{pad * 2}image: {spelled.format(name, version)}\n"
        for name, version in _shuffled(wanted, random)
    )
    return f"services:\n{services or f'{pad}x: {{build: .}}'}\n"


def _workflow(wanted: Pins, random: Random) -> str:
    pad = " " * random.choice([2, 3, 4])
    steps = "".join(
        f"{pad * 3}- uses: acme/{name}@{version}{random.choice(['', ' # pinned'])}\n"
        for name, version in _shuffled(wanted, random)
    )
    return f"on: push\njobs:\n{pad}test:\n{pad * 2}steps:\n{steps}{pad * 3}- run: make {random.randrange(99)}\n"


def _v(version: str) -> str:
    return f"v{version}"


def _pinned(version: str) -> str:
    return f"=={version}"


def _example(name: str) -> str:
    return f"com.example:{name}"


def _acme(name: str) -> str:
    return f"acme/{name}"


FORMATS = (
    Format("package.json", _package_json),
    Format("package-lock.json", _package_lock_1),
    Format("npm-shrinkwrap.json", _package_lock_3),
    Format("web/yarn.lock", _yarn_classic),
    Format("yarn.lock", _yarn_berry),
    Format("pnpm-lock.yaml", _pnpm),
    Format("requirements.txt", _requirements, version=_pinned),
    Format("pyproject.toml", _pyproject, version=_pinned),
    Format("api/pyproject.toml", _poetry),
    Format("poetry.lock", _toml_lock),
    Format("uv.lock", _toml_lock),
    Format("Pipfile.lock", _pipfile_lock, version=_pinned),
    Format("go.mod", _go_mod, version=_v),
    Format("Cargo.toml", _cargo_toml),
    Format("Cargo.lock", _cargo_lock),
    Format("pom.xml", _pom, name=_example),
    Format("gradle/libs.versions.toml", _catalog, name=_example),
    Format("gradle.lockfile", _gradle_lock, name=_example),
    Format("Gemfile.lock", _gemfile_lock),
    Format("composer.json", _composer, name=_acme),
    Format("composer.lock", _composer_lock, name=_acme),
    Format("Shop.csproj", _csproj),
    Format("packages.config", _packages_config),
    Format("packages.lock.json", _nuget_lock),
    Format("Dockerfile", _dockerfile),
    Format("docker-compose.yml", _compose),
    Format(".github/workflows/ci.yml", _workflow, name=_acme),
)
