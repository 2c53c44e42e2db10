"""Detect shell commands that install a package, or download something to run or to store."""

from __future__ import annotations

from collections.abc import Iterator

from hotfix.text.lazy_pattern import lazy_pattern

_WINDOW = 4_000
"""Number of characters of a line that are searched at once, so that long lines take linear time."""
_OVERLAP = 500

_TOOLS = (
    r"pip[\d.]*|pipx|pipenv|uv|poetry|pdm|conda|mamba|micromamba|pixi|npm|pnpm|yarn|bun|deno|corepack|cargo|rustup|gem|"
    r"bundle|bundler|composer|pecl|pear|dotnet|nuget|mix|luarocks|cpanm?|opam|cabal|stack|apt|apt-get|aptitude|apk|yum|dnf|"
    r"microdnf|zypper|brew|snap|flatpak|choco|scoop|winget|nvm|fnm|volta|asdf|mise|sdk|pyenv|rbenv|tfenv|pod|vcpkg|conan|"
    r"helm|krew|ansible-galaxy|nimble|shards|raco|tlmgr|juliaup|(?:dart|flutter) +pub|gh +extension|"
    r"PIP\d?|NPM|YARN|PNPM|BUNDLE|COMPOSER|CARGO|CONDA|APT|APT_GET|BREW|UV"
)
"""Names of tools, including variables: `$PIP install`."""
_VERBS = (
    r"install|add|ci|i|update|upgrade|require|sync|fetch|exec|dlx|x|restore|build-dep|tool|deps\.get|global|pull|plugin|"
    r"repo|self-update|use|prepare|create|get|tap|binstall"
)
_OPTIONS = r"(?: +-[^\s|;&]+(?: +[^\s|;&-][^\s|;&]*)??){0,4}"
"""Options before a verb, optionally with a value: `--prefix web`."""
_INSTALLED = (
    r"(?:bundle|BUNDLE|pnpm|PNPM|yarn|YARN|stack|cabal|opam|rbenv|pyenv)[})\"']* +exec\b|helm +(?:get|create)\b"
    r"|helm +(?:install|upgrade)\b(?!.* --(?:version|repo)\b)(?: +--?[\w-]+)*+ +[\w.${}\"'-]+ "
    r"+[\"']?(?:\.{1,2}/|\.(?!\S)|charts?/)"
)
"""Commands that only use what is already installed, or charts in the repository."""
_INSTALLS = lazy_pattern(
    rf"(?<![\w.-])(?:(?!{_INSTALLED})(?:{_TOOLS})[}})\"']*{_OPTIONS} +(?:{_VERBS})(?![\w-])|(?:npx|pnpx|bunx|uvx)\b"
    r"|python[\d.]* +-m +(?:pip|ensurepip|uv|pipx)\b|go +(?:get|(?:install|run) +(?!\.{1,2}/|\S+\.go\b)) *\S*[./@]"
    r"|(?:docker|podman|nerdctl|buildah)[}\"']* +(?:pull|run|build\b.*[ \"']https?:)"
    r"|kubectl\b.* -[fk] *[\"']?(?:https?:|github\.com)"
    r"|git +(?:clone|pull|submodule +(?:add|update))\b|pacman +-\w*S|nix(?:-env| +profile)\b"
    r"|(?:rpm|dpkg) +-\w*i|easy_install\b|add-apt-repository\b|install\.packages|remotes::|devtools::"
    r"|(?:terraform|tofu) +init\b.* -upgrade|certutil\b.*-urlcache|bitsadmin\b|msiexec\b.*https?:"
    r"|Install-(?:Module|Package|Script|PSResource)\b|using +module\b|#Requires +-(?:Modules|PSSnapin)\b)"
    r"|(?<![\w./-])yarn *(?:$|&&|;)"
)
_FETCHES = lazy_pattern(
    r"(?<![\w.-])(?:curl|wget|fetch|aria2c|Invoke-WebRequest|iwr|irm|Invoke-RestMethod|Invoke-Expression|iex|"
    r"DownloadString|DownloadFile|Start-BitsTransfer)\b"
)
_RUNS_OR_KEEPS = lazy_pattern(
    r"\||>|\$\(|`|<\(|(?<!\S)-[a-zA-Z]*[oOPJ]\b|--output|--remote-name|-OutFile|iex|Invoke-Expression|Download|wget|BitsT"
)

_MEMORY = lazy_pattern(
    r"(?<!\S)[\"']?(?:-Xm[nsx]\d+[kKmMgG]?|-XX:(?:Max|Min|Initial)RAMPercentage=[\d.]+|--max-old-space-size=\d+)(?![^\s\"'])"
)
_CONTAINER = lazy_pattern(
    r"(?<!\S)(?:--(?:memory|cpus|shm-size|restart|publish)[ =][\w.:-]+|-m \d+[bkmg]|-p (?:[\d.]+:)?\d+:\d+)(?!\S)"
)
_RUNS_CONTAINER = lazy_pattern(r"\b(?:docker|podman|nerdctl) +run\b")

_NOWHERE = " --nowhere"
_HARMLESS = (
    (lazy_pattern(r"\|\|"), ";"),
    (lazy_pattern(r"[12&]?>{1,2}\s*/dev/null(?![\w./-])|[12]?>&[12](?!\w)"), ""),
    (lazy_pattern(r"(?<!\S)(?:-[a-zA-Z]*[oO]|--output(?:-document)?=?)\s*(?:/dev/null|-)(?![^\s\"')])"), _NOWHERE),
    (lazy_pattern(r"\bwget\b(?=[^|;&\n]{0,500} --(?:nowhere|spider)\b)"), "curl"),
    (lazy_pattern(r"\|\s*(?:grep|egrep|fgrep|jq|head|tail|wc|cut|tr)\b"), ""),
    (lazy_pattern(r"\$\((?![^()]*://[^()]*://)(?=(?:curl|wget)\b[^;|&()`\n]*--nowhere[^;|&()`\n]*\))"), ""),
    (lazy_pattern(r"\$\((?![^()`]*(?:curl|wget|fetch|aria2c|iwr|irm|iex|Invoke|Download))[^()`]*\)"), ""),
)
"""Replacements for parts of commands, such as health checks, that only seem to run or store a download."""


def installs(command: str) -> bool:
    """Return whether a shell command installs a package, or downloads something to run or to store."""
    return any(
        installs_package(piece) or (_FETCHES.search(piece) and _RUNS_OR_KEEPS.search(_without_harmless(piece)))
        for line in command.splitlines()
        for piece in windows(line)
    )


def installs_package(command: str) -> bool:
    """Return whether a command calls a package manager or another tool that downloads code."""
    return bool(_INSTALLS.search(command))


def without_limits(line: str) -> str:
    """Return a line without memory and CPU limits, restart policies and published ports."""
    line = _MEMORY.sub("", line)
    return " ".join((_CONTAINER.sub("", line) if _RUNS_CONTAINER.search(line) else line).split())


def windows(line: str) -> Iterator[str]:
    """Return overlapping pieces of a line, which are searched one by one."""
    return (line[at : at + _WINDOW] for at in range(0, len(line), _WINDOW - _OVERLAP))


def _without_harmless(command: str) -> str:
    for pattern, instead in _HARMLESS:
        command = pattern.sub(instead, command)
    return command
