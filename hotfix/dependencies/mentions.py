"""Find single lines that install something, in files that mostly don't: an install, an image, an import."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from hotfix.dependencies.path_kinds import MEDIA
from hotfix.text.globs import matches
from hotfix.text.late_pattern import late_pattern
from hotfix.text.words import words

WINDOW = 4_000
"""Characters of a line that are searched at once, so that no line takes more than linear time."""
OVERLAP = 500

_TOOLS = (
    r"pip[\d.]*|pipx|pipenv|uv|poetry|pdm|conda|mamba|micromamba|pixi|npm|pnpm|yarn|bun|deno|corepack|cargo|rustup|gem|"
    r"bundle|bundler|composer|pecl|pear|dotnet|nuget|mix|luarocks|cpanm?|opam|cabal|stack|apt|apt-get|aptitude|apk|yum|dnf|"
    r"microdnf|zypper|brew|snap|flatpak|choco|scoop|winget|nvm|fnm|volta|asdf|mise|sdk|pyenv|rbenv|tfenv|pod|vcpkg|conan|"
    r"helm|krew|ansible-galaxy|nimble|shards|raco|tlmgr|juliaup|(?:dart|flutter) +pub|gh +extension"
)
_VERBS = (
    r"install|add|ci|i|update|upgrade|require|sync|fetch|exec|dlx|x|restore|build-dep|tool|deps\.get|global|pull|plugin|"
    r"repo|self-update|use|prepare|create|get"
)
_INSTALLS = late_pattern(
    rf"(?<![\w./-])(?:(?:{_TOOLS})(?: +-[\w=./:@-]+)*+ +(?:{_VERBS})(?![\w-])|yarn *(?:$|&&|;)"
    r"|python[\d.]* +-m +(?:pip|ensurepip|uv|pipx)\b|(?:npx|pnpx|bunx|uvx)\b|go +(?:get|install|run) +\S*[./@]"
    r"|git +(?:clone|pull|submodule +(?:add|update))\b|(?:docker|podman) +(?:pull|run)\b|pacman +-\w*S"
    r"|nix(?:-env| +profile)\b"
    r"|(?:rpm|dpkg) +-\w*i|easy_install\b|add-apt-repository\b|install\.packages|remotes::|devtools::"
    r"|Install-(?:Module|Package|Script)\b)"
)
_FETCHES = late_pattern(
    r"(?<![\w.-])(?:curl|wget|fetch|aria2c|Invoke-WebRequest|iwr|irm|Invoke-RestMethod|Invoke-Expression|iex|"
    r"DownloadString|DownloadFile|Start-BitsTransfer)\b"
)
_RUNS_OR_KEEPS = late_pattern(
    r"\||>|\$\(|`|<\(|(?<!\S)-[a-zA-Z]*[oOPJ]\b|--output|--remote-name|-OutFile|iex|Invoke-Expression|Download|wget|BitsT"
)

_SCRIPTS = words(
    "*.sh *.bash *.zsh *.fish *.ksh *.ps1 *.psm1 *.bat *.cmd *.mk Makefile* GNUmakefile Justfile justfile Taskfile*"
    " Rakefile *.rake Procfile* *.ipynb *.yml *.yaml Jenkinsfile* *.jenkinsfile .envrc bin/ script/ scripts/ .husky/"
    " .githooks/ *.tf *.hcl *.nomad *.tmpl *.tpl *.j2 .drone.* *.service *.jsonnet *.Rmd *.qmd *.groovy *.command"
    " tasks.py fabfile.py magefile.go magefiles/ gulpfile.* Gruntfile.* Snakefile* entrypoint* docker-entrypoint*"
    " user-data* netlify.toml railway.toml wrangler.toml .replit packer.json package.json5 *.container *.def"
    " Capfile Thorfile Fakefile build.fsx *.nix *.just modal_app.py .travis.yml *.kube"
)

_IMAGE = late_pattern(
    r"""(?:^\s*(?:-\s+)?|[{,]\s*)["']?(?:image|imageName|baseImage|from_image)["']?\s*[:=]\s*["']?([^\s"'#,]+)"""
)
_IMAGE_FILES = words("*.yml *.yaml *.tpl *.tmpl *.j2 *.jsonnet *.json *.nomad *.hcl *.tf *.toml")
_CHART_VALUE = late_pattern(
    r"""(?:^\s*(?:-\s+)?|[{,]\s*)["']?(?:repository|registry|tag|digest|imageTag|version|chart|newTag|newName|url)["']?\s*:"""
    r"""|^\s*-\s+["']?(?:https?://|ssh://|git@|github\.com/)"""
)
_CHART_FILES = words(
    "values*.yaml values*.yml *-values.yaml *.values.yaml helmfile*.y*ml kustomization.y*ml helmrelease*.y*ml"
    " Application*.y*ml **/charts/**/*.y*ml **/helm/**/*.y*ml **/helmfile.d/*.y*ml helmfile*.gotmpl kustomization"
)
_GITOPS = late_pattern(r"""^\s*(?:-\s+)?["']?(?:repoURL|targetRevision|package)["']?\s*:\s*\S*[/\d]""")
"""Where Argo CD and Crossplane get what they install."""
_INFRASTRUCTURE = late_pattern(
    r"""(?:^|[{,])\s*["']?(?:source|version|required_version|image|box|chart|repository|runtime|ami|image_id|image_uri"""
    r"""|source_image|engine_version)["']?\s*[=:]"""
)
_INFRASTRUCTURE_FILES = words("*.tf *.tofu *.tf.json *.hcl *.nomad")
_CI = late_pattern(
    r"""^\s*(?:-\s+)?["']?(?:uses|image|include|extends|orbs?|[\w-]+:\s*[\w-]+/[\w-]+@\S+|container|docker|repo|rev|ref"""
    r"""|template|resource_class|runs-on|vmImage|xcode|jdk|python|node_js|go|php|ruby|rvm|language_version"""
    r"""|additional_dependencies|install|before_install|addons|task|plugins?|nodejs|golang|dotnet|java|git_url|remotes"""
    r"""|from(?:Image)?)["']?\s*:|@\S+#v\d|^\s*[\w-]+:\s*["']?[\w.-]+/[\w.-]+@[\w.]"""
    r"""|^\s*-\s+["']?[\w./-]+#v?\d|^\s*-\s+name:\s*["']?[\w.-]+\.(?:io|dev|com)/|\b(?:docker_build|load)\s*\("""
)
_JENKINS = late_pattern(r"@Library\b|\bdocker\.image\s*\(|\bimage\s+['\"]|\btools\s*\{|\blibrary\s*\(")
_REQUIREMENT = late_pattern(
    r"^\s*[A-Za-z0-9][\w.-]*(?:\[[\w,\s-]*\])?\s*(?:(?:===?|~=)\s*\d|>=\s*\d+\.)[\w.*+!-]*\s*(?:[,;#\\].*)?$"
)
"""`name==1.0`, as pip reads it, in a list under any name."""
_ANSIBLE = late_pattern(
    r"^\s*(?:-\s+)?(?:ansible\.builtin\.|community\.[\w.]+\.)?(?:apt|yum|dnf|apk|package|pip|npm|gem|get_url|git|homebrew"
    r"|apt_repository|yum_repository|rpm_key|apt_key|snap|pacman|zypper|unarchive|docker_container|docker_image"
    r"|cpanm|bundler|composer|maven_artifact|win_chocolatey)\s*:|^\s+(?:name|pkg|version|repo|url|checksum|deb)\s*:"
    r"|\b(?:pkg|pip|npm|gem)\.(?:installed|latest)\b"
)
_ANSIBLE_FILES = words(
    "**/tasks/**/*.y*ml **/handlers/*.y*ml **/roles/**/*.y*ml **/playbooks/**/*.y*ml playbook*.y*ml *-playbook.y*ml",
    "**/ansible/**/*.y*ml site.y*ml *.sls",
)
_RPM = late_pattern(
    r"^\s*(?:(?:Build|Pre|Post)?Requires|Source\d*|Patch\d*|Recommends|Provides|Obsoletes)(?:\([^)]*\))?\s*:",
    re.IGNORECASE,
)
_ASSEMBLY = late_pattern(r"<(?:bindingRedirect|assemblyIdentity|codeBase)\b", re.IGNORECASE)
_SECTION = late_pattern(
    r"""^\s*(?:["']?(?:dev|optional|peer|build|test)?[-_]?dependencies["']?\s*[:=]\s*[\[{]"""
    r"""|\[{1,2}(?:[\w.-]+[.-])?dependencies(?:\.[\w.-]+)?\]{1,2}\s*$)""",
    re.IGNORECASE,
)
"""A list of dependencies in a file that the table doesn't know."""
_CI_FILES = words(
    ".gitlab-ci.yml .gitlab-ci/ .gitlab/**/*.yml .circleci/ azure-pipelines*.y*ml .azure-pipelines/ .travis.yml",
    "bitbucket-pipelines.yml .drone.yml cloudbuild*.yaml buildspec*.yml appveyor.yml .appveyor.yml .buildkite/",
    ".woodpecker/ .woodpecker.y*ml .semaphore/ codemagic.yaml bitrise.yml .cirrus.yml .tekton/ screwdriver.yaml",
    ".goreleaser.y*ml skaffold.yaml Tiltfile .readthedocs.y*ml wercker.yml werf.yaml .pre-commit-hooks.y*ml",
    "lefthook.y*ml .lefthook.y*ml",
)

_SOURCE = (
    (
        late_pattern(
            r"^\s*#\s*(?:/// |dependencies\s*=|requires-python\s*=|\"[\w.-]+.*\",?\s*$)"
            r"|^\s*//>\s*using\b|^\s*///?\s*(?:DEPS|REPOS|JAVA|SOURCES|PLUGIN)\b|@file:(?:DependsOn|Repository|Import)\b"
            r"|@Grab(?:Resolver|Config|Exclude)?\b|^\s*#(?:r|:package|:sdk|:project|load)\s|^\s*--\s*stack\s"
            r"|\bMix\.install\b|\bPkg\.(?:add|develop)\b|\binstall\.packages\s*\(|\bremotes::install_|bundler/inline"
            r"|^\s*#\s*cabal:|\bgemfile\s*\(?true|^\s*#(?:addin|tool|module)\s+[\"']?\w+:|@deno-types\b"
            r"|^\s*///\s*<reference\s[^>]{0,500}(?:https?:)?//|^\s*(?:PublicDependency|PrivateDependency)Module"
        ),
        ("*",),
    ),
    (
        late_pattern(
            r"""(?:\bfrom|\bimport|\bimportScripts|\brequire)\s*\(?\s*["'](?:https?:)?//"""
            r"""|(?:\bfrom|\bimport)\s*\(?\s*["'](?:npm|jsr):|\bnew\s+(?:Shared)?Worker\(\s*["'](?:https?:)?//"""
            r"""|\.src\s*=\s*["'](?:https?:)?//[^"'\s]{1,500}\.m?js\b|<script\b[^>]{0,2000}?\bsrc\s*=\s*["'{]*(?:https?:)?//"""
            r"""|\bSystem\.config\s*\(|\b(?:paths|map)\s*:\s*\{[^}]{0,500}(?:npm:|//)|\bsolidity\s*:|\bcompilers\s*:"""
        ),
        words("*.js *.mjs *.cjs *.jsx *.ts *.mts *.cts *.tsx *.vue *.svelte *.astro *.html *.htm"),
    ),
    (
        late_pattern(
            r"""<(?:script|iframe|embed|object)\b[^>]{0,2000}?\b(?:src|data)\s*=\s*["']?(?:https?:)?//"""
            r"""|<link\b(?![^>]{0,500}?\brel\s*=\s*["']?(?:canonical|alternate|author|license|help|search|next|prev|me|icon"""
            r"""|shortcut|apple-touch-icon|preconnect|dns-prefetch|shortlink|pingback|amphtml)\b)[^>]{0,2000}?\bhref\s*=\s*["']?(?:https?:)?//[^>]{0,2000}"""
            r"""|["'](?:https?:)?//[^"'\s]{1,500}\.m?js(?:\?[^"'\s]{0,200})?["']|\bsrc\s*=\s*["'](?:https?:)?//[^"']{1,500}\.m?js""",
            re.IGNORECASE,
        ),
        words(
            "*.html *.htm *.xhtml *.vue *.svelte *.astro *.ejs *.hbs *.erb *.haml *.pug *.slim *.jinja *.jinja2 *.j2"
            " *.liquid *.njk *.twig *.php *.phtml *.jsp *.jspx *.ftl *.cshtml *.razor *.aspx *.tmpl *.heex *.eex"
        ),
    ),
    (late_pattern(r"""@import\s+(?:url\()?\s*["']?(?:https?:)?//"""), words("*.css *.scss *.sass *.less *.styl")),
    (late_pattern(r"\bgo:generate\b.*(?:@|https?://)|\bgo:(?:linkname|cgo_)"), ("*.go",)),
    (
        late_pattern(
            r"\b(?:exec|eval|Function|instance_eval)\s*\(.{0,200}(?:requests\.get|urlopen|fetch\s*\(|axios|URI\.open"
            r"|Net::HTTP|file_get_contents)"
        ),
        words("*.py *.js *.mjs *.cjs *.ts *.tsx *.rb *.php"),
    ),
    (late_pattern(r"\b(?:fromRegistry|from_registry)\s*\("), words("*.ts *.js *.py *.java *.cs *.go")),
    (
        late_pattern(r"\b(?:repositoryURL|minimumVersion|maximumVersion|exactVersion|revision|XCRemoteSwift\w*)\b"),
        ("*.pbxproj",),
    ),
    (late_pattern(r"@[\w.~+-]*//"), words("BUILD BUILD.bazel BUCK TARGETS BUILD.plz")),
    (late_pattern(r"\b(?:filter|working-tree-encoding)="), (".gitattributes",)),
)
_PATTERNS = (
    *_SOURCE,
    (_CHART_VALUE, _CHART_FILES),
    (_INFRASTRUCTURE, _INFRASTRUCTURE_FILES),
    (_CI, _CI_FILES),
    (_GITOPS, words("*.y*ml *.json")),
    (_JENKINS, words("Jenkinsfile* *.jenkinsfile *.groovy")),
    (_REQUIREMENT, words("*.txt *.in *.pip *.lst *.list")),
    (_ASSEMBLY, words("*.config")),
    (_ANSIBLE, _ANSIBLE_FILES),
    (_RPM, words("*.spec *.spec.in")),
    (late_pattern(r"^\s*(?:Image|Rootfs)\s*="), words("*.container *.image *.kube *.build")),
    (late_pattern(r"^\s*(?:(?:zend_)?extension|auto_(?:pre|ap)pend_file)\s*="), words("*.ini")),
    (late_pattern(r"^\s*(?:From|Bootstrap)\s*:", re.IGNORECASE), words("*.def")),
    (late_pattern(r"^\s*(?:LIBS|CONFIG|QT|PKGCONFIG|INCLUDEPATH)\s*[+*~-]?="), words("*.pro *.pri")),
    (late_pattern(r"\$(?:ivy|dep|repo|file|exec)\b"), words("*.sc")),
    (late_pattern(r"^\s*(?:depends|chef_version|gem)\b"), words("metadata.rb")),
    (late_pattern(r"^\s*[\w-]+:[\w.-]+\s*$"), words("plugins.txt")),
    (late_pattern(r"\bProjectDescription\b|\.(?:package|external|remote)\("), words("Project.swift Workspace.swift")),
    (late_pattern(r"\.(?:uv_)?(?:pip|apt|conda|micromamba|npm)_install\w*\("), words("*.py")),
    (
        late_pattern(
            r"""^\s*(?:conda|container|containerized|singularity)\s*[:=]|^\s*["'](?:[^"']+\.ya?ml|\w+://[^"']+)["'],?\s*$"""
        ),
        words("Snakefile* *.smk *.snakefile"),
    ),
    (
        late_pattern(r"""\b(?:container|conda|spack|module)\s*[=(]?\s*["'{]"""),
        words("*.nf nextflow.config conf/*.config"),
    ),
    (late_pattern(r"""\b(?:docker|container|dockerPull|dockerImageId|dockerFile)["']?\s*:"""), words("*.wdl *.cwl")),
    (late_pattern(r"\bremoteCache\b|[\"'](?:apiUrl|loginUrl|signature)[\"']\s*:"), ("turbo.json",)),
    (late_pattern(r"\bimage_resource\b|[{,\s]repository\s*:"), words("**/ci/**/*.y*ml **/concourse/**/*.y*ml")),
    (
        late_pattern(r"^\s*(?:-\s+)?(?:deps|remote|plugin|module)\s*:|^\s*-\s+[\w.-]+/[\w-]+/"),
        words("buf.yaml buf.gen*.yaml"),
    ),
    (late_pattern(r"""["']Name["']\s*:\s*["'][^"']*[:/]"""), ("Dockerrun.aws.json",)),
    (_SECTION, words("*.json *.json5 *.y*ml *.toml *.hcl *.cue")),
)
"""What to look for, and in which files."""


_LISTED = late_pattern(r"""["']\s*,\s*["']""")


def brings_packages(comment: str) -> bool:
    """Return whether this comment is read by a tool that installs what it names."""
    return any(_SOURCE[0][0].search(piece) for piece in _pieces(comment))


def installs(command: str) -> bool:
    """Return whether a shell command installs a package, or fetches something to run or to keep."""
    return any(
        _INSTALLS.search(piece) or (_FETCHES.search(piece) and _RUNS_OR_KEEPS.search(piece))
        for line in command.splitlines()
        for piece in _pieces(line)
    )


def mentions(path: str, line: str) -> bool:
    """Return whether a line of this file brings in something that is not in the repository."""
    return any(_mentions(path, piece) for piece in _pieces(line))


def _pieces(line: str) -> Iterator[str]:
    return (line[at : at + WINDOW] for at in range(0, len(line), WINDOW - OVERLAP))


def _mentions(path: str, line: str) -> bool:
    patterns, has_images, is_script = _kind_of(path)
    if any(pattern.search(line) for pattern in patterns):
        return True
    if has_images and any(_is_image(found[1], path) for found in _IMAGE.finditer(line)):
        return True
    # A list of words is a command as well: `["pip", "install", "x"]`.
    return is_script and (installs(line) or ("," in line and installs(_LISTED.sub(" ", line))))


@lru_cache(maxsize=1024)
def _kind_of(path: str) -> tuple[tuple[re.Pattern[str], ...], bool, bool]:
    """Return what to look for in a file, and whether it may hold images or commands."""
    patterns = tuple(pattern for pattern, files in _PATTERNS if matches(files, path, ignore_case=True))
    return patterns, matches(_IMAGE_FILES, path, ignore_case=True), matches(_SCRIPTS, path, ignore_case=True)


def _is_image(reference: str, path: str) -> bool:
    """Return whether it is a container image, `registry/name:tag`, not the address or path of a picture."""
    if reference.startswith(("/", "http:", "https:", "./", "../", "{", "|", ">")):
        return reference.startswith(("{{", "${"))
    name = reference.partition("@")[0]
    repository = name.rpartition(":")[0] if "/" not in name.rpartition(":")[2] and ":" in name else name
    if repository.isalpha() and (not repository.islower() or (name == repository and path.endswith(".json"))):
        return False  # a word of a translation, or in data: repositories are in lower case
    return reference.rpartition(".")[2].casefold() not in MEDIA
