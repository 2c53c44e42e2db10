"""Find single lines that install or load something in other files: an install command, an image, an import."""

from __future__ import annotations

import re
from functools import lru_cache

from hotfix.dependencies.path_kinds import MEDIA
from hotfix.dependencies.shell_commands import installs, installs_package, windows
from hotfix.text.globs import matches
from hotfix.text.lazy_pattern import lazy_pattern
from hotfix.text.words import words

_SCRIPTS = words(
    "*.sh *.bash *.zsh *.fish *.ksh *.ps1 *.psm1 *.bat *.cmd *.mk Makefile* GNUmakefile Justfile justfile Taskfile*"
    " Rakefile *.rake Procfile* *.ipynb *.yml *.yaml Jenkinsfile* *.jenkinsfile .envrc bin/ script/ scripts/ .husky/"
    " .githooks/ *.tf *.hcl *.nomad *.tmpl *.tpl *.j2 .drone.* *.service *.jsonnet *.Rmd *.qmd *.groovy *.command"
    " tasks.py fabfile.py magefile.go magefiles/ gulpfile.* Gruntfile.* Snakefile* entrypoint* docker-entrypoint*"
    " user-data* fly.toml netlify.toml railway.toml wrangler.toml .replit packer.json package.json5 *.container *.def"
    " Capfile Thorfile Fakefile build.fsx *.nix *.just modal_app.py *.pbxproj *.kube .ebextensions/"
)
_NO_HASH = (".bat", ".cmd", ".tmpl", ".tpl", ".j2")
"""Suffixes of scripts and templates in which `#` does not necessarily begin a comment."""
_PROGRAMS = words(
    "*.py *.js *.mjs *.cjs *.ts *.mts *.cts *.tsx *.jsx *.rb *.php *.pl *.go *.rs *.java *.kt *.cs *.lua *.ex *.exs",
    "!test_*.py !*_test.* !*.test.* !*.spec.* !*_spec.* !*Test.* !test/ !tests/ !__tests__/ !spec/ !e2e/",
)
_RUNS = lazy_pattern(
    r"(?:[sS]ystem|\bp?open\d?|Popen|subprocess\.\w+|check_(?:call|output)|\brun\w{0,20}|exec\w{0,20}|spawn\w{0,20}|shell\w{0,20}|\bcall"
    r"|ProcessBuilder|Command(?:::new)?|System\.cmd|Process\.Start|%x)\s*[(\[{]|\$`"
)
"""Calls with which programs run a command."""
_OF_ITS_USERS = lazy_pattern(r"\b(?:git|docker|podman|nerdctl|buildah|kubectl|helm)\b")
"""Tools that programs use for their users' repositories, images and charts."""

_IMAGE = lazy_pattern(
    r"""(?:^\s*(?:-\s+)?|[{,]\s*)["']?(?:image|imageName|baseImage|from_image)["']?\s*[:=]\s*["']?([^\s"'#,]+)"""
    r"""|^\s*(?:-\s+)?["']?(?:\w+Image|\w+_image|image_name)["']?\s*[:=]\s*["']?"""
    r"""(?=[^\s"'#,:]*[/.]|[^\s"'#,]+[:@](?:\w*\d|latest|stable|lts|edge|alpine|slim|main|master))([^\s"'#,]+[:@][^\s"'#,]+)"""
)
_IMAGE_FILES = words("*.yml *.yaml *.tpl *.tmpl *.j2 *.jsonnet *.json *.nomad *.hcl *.tf *.toml")
_BROWSER = "*.js *.mjs *.cjs *.jsx *.ts *.mts *.cts *.tsx *.vue *.svelte *.astro *.html *.htm"
_DIRECTIVES = lazy_pattern(
    r"^\s*//>\s*using\b|^\s*///?\s*(?:DEPS|REPOS|JAVA|SOURCES|PLUGIN)\b|@file:(?:DependsOn|Repository|Import)\b"
    r"|@Grab(?:Resolver|Config|Exclude)?\b|^\s*#(?:r|:package|:sdk|:project|load)\s|^\s*--\s*stack\s"
    r"|\bMix\.install\b|\bPkg\.(?:add|develop)\b|\binstall\.packages\s*\(|\bremotes::install_|bundler/inline"
    r"|\bpak::p\w+\s*\(|\brenv::(?:install|restore|update)\b|\bBiocManager::install\b|\bCPAN(?:::Shell)?(?:->|::)install\b"
    r"|^\s*//\s*cargo-deps:|^#!.*\bcargo\b.*-Zscript|^\s*\{-\s*cabal:|\bmicropip\.install\b|\bpip(?:\._internal)?\.main\s*\("
    r"|^\s*#\s*cabal:|\bgemfile\s*\(?true|^\s*#(?:addin|tool|module)\s+[\"']?\w+:|@deno-types\b"
    r"|^\s*///\s*<reference\s[^>]{0,500}(?:https?:)?//|^\s*(?:PublicDependency|PrivateDependency)Module"
)
"""Directives for tools, in comments or in code."""
_METADATA = lazy_pattern(r"^#\s*(?:/// |dependencies\s*=|requires-python\s*=|\"[\w.-]+.*\",?\s*$)")
"""Lines of a Python script's inline metadata."""
_ENVIRONMENT = lazy_pattern(
    r"(?<!\w)(?:PIP_(?:EXTRA_)?INDEX_URL|PIP_(?:FIND_LINKS|TRUSTED_HOST|CONSTRAINT|REQUIREMENT|CONFIG_FILE)|UV_\w*INDEX\w*|UV_PYTHON\w*"
    r"|(?:NPM_CONFIG|npm_config)_\w*(?:REGISTRY|registry)|YARN_\w*REGISTRY\w*|COREPACK_\w*REGISTRY|GOPROXY|GOSUMDB|GONOSUMDB"
    r"|GOINSECURE|GOPRIVATE|GOFLAGS|GOTOOLCHAIN|CARGO_(?:REGISTR|SOURCE)\w*|RUSTUP_(?:TOOLCHAIN|DIST_SERVER|UPDATE_ROOT)"
    r"|RUSTC(?:_WRAPPER)?|BUNDLE_(?:MIRROR\w*|GEMFILE|RUBYGEMS\w*)|HEX_MIRROR\w*|HEX_CDN|CONDA_\w*CHANNEL\w*|HOMEBREW_\w*(?:DOMAIN|REMOTE)"
    r"|LD_PRELOAD|DYLD_INSERT_LIBRARIES|DOTNET_STARTUP_HOOKS|NUGET_\w*SOURCE\w*|NVM_\w+_MIRROR|PUB_HOSTED_URL|FLUTTER_STORAGE_BASE_URL"
    r"|PUPPETEER_DOWNLOAD_\w+|PLAYWRIGHT_DOWNLOAD_HOST|CYPRESS_INSTALL_BINARY|ELECTRON_MIRROR)(?:[\"'\]]*\s*[:=]|[\"']?\s*$)"
    r"|(?<!\w)(?:NODE_OPTIONS|PYTHONSTARTUP|RUBYOPT|PERL5OPT|_?JAVA_(?:TOOL_)?OPTIONS|JDK_JAVA_OPTIONS|CATALINA_OPTS|JAVA_OPTS)\b"
    r".*(?:-r\b|--require|--import|--loader|-agent|-javaagent|-Xbootclasspath|PYTHONSTARTUP)"
)
"""Variables that set a tool's package source or toolchain, or code that is loaded into every process."""


def _in(files: str, *patterns: str, flags: int = 0) -> tuple[re.Pattern[str], tuple[str, ...]]:
    return lazy_pattern("|".join(patterns), flags), words(files)


_PATTERNS = (
    (_DIRECTIVES, ("*",)),
    _in(
        _BROWSER,
        r"""(?:\bfrom|\bimport|\bimportScripts|\brequire)\s*\(?\s*["'](?:https?:)?//"""
        r"""|(?:\bfrom|\bimport)\s*\(?\s*["'](?:npm|jsr):|\bnew\s+(?:Shared)?Worker\(\s*["'](?:https?:)?//"""
        r"""|\.src\s*=\s*["'](?:https?:)?//[^"'\s]{1,500}\.m?js\b|<[sS]cript\b[^>]{0,2000}?\bsrc\s*=\s*["'{]*(?:https?:)?//"""
        r"""|\bSystem\.config\s*\(|\b(?:paths|map)\s*:\s*\{[^}]{0,500}(?:npm:|//)|\bsolidity\s*:|\bcompilers\s*:""",
    ),
    _in(
        "*.html *.htm *.xhtml *.vue *.svelte *.astro *.ejs *.hbs *.erb *.haml *.pug *.slim *.jinja *.jinja2 *.j2"
        " *.liquid *.njk *.twig *.php *.phtml *.jsp *.jspx *.ftl *.cshtml *.razor *.aspx *.tmpl *.heex *.eex",
        r"""<(?:script|iframe|embed|object)\b[^>]{0,2000}?\b(?:src|data)\s*=\s*["']?(?:https?:)?//"""
        r"""|<link\b(?![^>]{0,500}?\brel\s*=\s*["']?(?:canonical|alternate|author|license|help|search|next|prev|me|icon"""
        r"""|shortcut|apple-touch-icon|preconnect|dns-prefetch|shortlink|pingback|amphtml)\b)[^>]{0,2000}?\bhref\s*=\s*["']?(?:https?:)?//[^>]{0,2000}"""
        r"""|["'](?:https?:)?//[^"'\s]{1,500}\.m?js(?:\?[^"'\s]{0,200})?["']|\bsrc\s*=\s*["'](?:https?:)?//[^"']{1,500}\.m?js""",
        flags=re.IGNORECASE,
    ),
    # Script URLs, recognized by suffix or host, as in an import map.
    _in(
        f"{_BROWSER} *.xhtml *.ejs *.hbs *.erb *.php *.jsp *.cshtml *.twig *.njk *.liquid *.jinja *.jinja2 *.j2 *.tmpl",
        r"""["'](?:https?:)?//(?!github\.com)[^"'\s]{1,500}\.m?js(?:\?[^"'\s]{0,200})?["']|[sS]cript\w{0,20}\(\s*["'](?:https?:)?//"""
        r"""|[sS]cript\w{0,20}\.src\s*=\s*["'`](?:https?:)?//|["'](?:https?:)?//(?:www\.)?(?:esm\.(?:sh|run)|unpkg\.com|cdn\.jsdelivr\.net"""
        r"""|cdnjs\.cloudflare\.com|cdn\.skypack\.dev|(?:ga|cdn)\.jspm\.io|jspm\.dev|deno\.land/(?:x|std)|googletagmanager\.com/gtag)[/@"'?]""",
    ),
    _in("*.css *.scss *.sass *.less *.styl", r"""@import\s+(?:url\()?\s*["']?(?:https?:)?//"""),
    (_METADATA, words("*.py *.pyw bin/ script/ scripts/")),
    _in("*.go", r"\bgo:generate\b.*(?:@|https?://)|\bgo:(?:linkname|cgo_)"),
    _in(
        "*.py *.js *.mjs *.cjs *.ts *.tsx *.rb *.php",
        r"\b(?:exec|eval|Function|instance_eval)\s*\(.{0,200}(?:requests\.get|urlopen|fetch\s*\(|axios|URI\.open"
        r"|Net::HTTP|file_get_contents)",
    ),
    _in("*.ts *.js *.py *.java *.cs *.go", r"\b(?:fromRegistry|from_registry)\s*\("),
    _in("*.pbxproj", r"\b(?:repositoryURL|minimumVersion|maximumVersion|exactVersion|revision|XCRemoteSwift\w*)\b"),
    _in("BUILD BUILD.bazel BUCK TARGETS BUILD.plz", r"@[\w.~+-]*//"),
    _in(".gitattributes", r"\b(?:filter|working-tree-encoding)="),
    # Values of charts and Argo CD's applications (not Spring's configuration): images, charts, and URLs of downloads.
    # Other URLs are application settings.
    _in(
        "Application*.y*ml !src/ !**/resources/** !**/config/Application*.y*ml values*.yaml values*.yml"
        " *-values.yaml *.values.yaml **/values/**/*.y*ml helmfile*.y*ml kustomization.y*ml helmrelease*.y*ml"
        " **/charts/**/*.y*ml **/helm/**/*.y*ml **/helmfile.d/*.y*ml helmfile*.gotmpl kustomization",
        r"""(?:^\s*(?:-\s+)?|[{,]\s*)["']?(?:repository|registry|tag|digest|imageTag|version|chart|newTag|newName|repo)["']?\s*:""",
        r"""(?:(?:^\s*(?:-\s+)?|[{,]\s*)["']?url["']?\s*:|^\s*-)\s+["']?(?:oci://|ssh://|git@|[a-z][\w+]*://\S*\.(?:git|tgz|tar\.\w+|zip|jar|war|whl"""
        r"""|gem|deb|rpm|m?js|so|sh|py|ya?ml|json|exe|bin|phar|hpi|vsix|wasm)(?:[?#"',}\s]|$))""",
    ),
    _in(
        "helmfile*.y*ml helmfile*.gotmpl **/helmfile.d/*.y*ml kustomization.y*ml kustomization helmrelease*.y*ml",
        r"""(?:^\s*(?:-\s+)?|[{,]\s*)["']?url["']?\s*:|^\s*-\s+["']?(?:https?://|ssh://|git@|github\.com/)""",
    ),
    _in(
        "*.tf *.tofu *.tf.json *.tfvars *.hcl *.nomad",
        r"""(?:^|[{,])\s*["']?(?:source|version|required_version|image|box|chart|repository|runtime|ami|image_id|image_uri"""
        r"""|source_image|engine_version|\w+_image|\w*image_tag|\w*ami(?:_id)?)["']?\s*[=:]"""
        r"""(?!\s*["'](?:\.{1,2}/|20(?:08-10|12-10)-17["']))""",
    ),
    # Machine images and function runtimes.
    _in(
        "*.tf *.tfvars *.tf.json *.y*ml *.json *.ts *.js *.py *.go *.java *.cs",
        r"""["']ami-[0-9a-f]{8,17}["']|\bRuntime\.(?:NODEJS|PYTHON|JAVA|DOTNET|GO|RUBY|PROVIDED)_?\w*|["']?runtime-version["']?\s*:"""
        r"""|["']arn:aws[\w-]*:lambda:[^"']*:layer:"""
        r"""|(?i:\b_?runtime["']?\s*[:=]\s*["']?(?:(?:nodejs|python|java|dotnet(?:core)?|go|ruby)\d|provided\b)[\w.]*["']?,?\s*$)""",
    ),
    (
        _ENVIRONMENT,
        words("* !*.py !*.js !*.mjs !*.cjs !*.ts !*.mts !*.cts !*.tsx !*.jsx !*.rb !*.php !*.go !*.rs !*.java !*.cs"),
    ),
    # The version, image or checksum of third-party software, in a variable of a script or compose file.
    _in(
        ".env .env.* *.env *.sh *.bash *.zsh *.ksh *.fish *.ps1 *.bat *.cmd **/group_vars/** **/host_vars/**"
        " roles/**/defaults/** roles/**/vars/** ansible/**/*.y*ml .envrc *.tfvars *.tf *.tofu *.hcl",
        r"(?i:^\s*(?:-\s+)?(?:export +|readonly +|local +|declare +|set +|\$env:)?"
        r"[\"']?(?:\w*_)?(?:node|nodejs|npm|yarn|pnpm|bun|deno|python|pip"
        r"|poetry|uv|ruby|rubygems|bundler|java|jdk|jre|maven|gradle|kotlin|scala|sbt|go|golang|rust|rustup|php|composer|dotnet|erlang|otp"
        r"|elixir|postgres|postgresql|mysql|mariadb|redis|mongo|mongodb|elasticsearch|rabbitmq|kafka|nginx|traefik|envoy|istio|alpine"
        r"|debian|ubuntu|docker|containerd|compose|kubernetes|kubectl|k8s|helm|kustomize|terraform|tofu|terragrunt|packer|vault|consul"
        r"|ansible|protoc|protobuf|buf|hugo|cmake|llvm|clang|gcc|openssl|chrome|chromedriver|firefox|geckodriver|tool)_?version"
        r"[\"']?\s*[:=]\s*[\"']?v?\d)"
        r"|^\s*(?:export +)?\w+_(?:IMAGE|SHA\d+|SHA256SUM|CHECKSUM|DIGEST)\s*[:=]\s*[\"']?"
        r"(?:\S+[:@][\w.]+|[0-9a-f]{32,})",
    ),
    # Modules that a server loads.
    _in(
        "*.conf *.cnf *.ini *.cfg *.conf.* .htaccess",
        r"^\s*(?:load_?module|LoadModule|LoadFile|(?:shared|session|local)_preload_libraries|plugin[-_]load(?:[-_]add)?)\b",
    ),
    _in(
        ".gitlab-ci.yml .gitlab-ci/ .gitlab/**/*.yml .circleci/ azure-pipelines*.y*ml .azure-pipelines/"
        " bitbucket-pipelines.yml .drone.yml cloudbuild*.yaml buildspec*.yml appveyor.yml .appveyor.yml .buildkite/"
        " .woodpecker/ .woodpecker.y*ml .semaphore/ codemagic.yaml bitrise.yml .cirrus.yml .tekton/ screwdriver.yaml"
        " .goreleaser.y*ml skaffold.yaml Tiltfile .readthedocs.y*ml wercker.yml werf.yaml .pre-commit-hooks.y*ml"
        " lefthook.y*ml .lefthook.y*ml",
        r"""^\s*(?:-\s+)?["']?(?:uses|image|include|extends|orbs?|[\w-]+:\s*[\w-]+/[\w-]+@\S+|container|docker|repo|rev|ref"""
        r"""|template|resource_class|runs-on|vmImage|xcode|jdk|python|node_js|go|php|ruby|rvm|language_version"""
        r"""|additional_dependencies|install|before_install|addons|task|plugins?|nodejs|golang|dotnet|java|git_url|remotes"""
        r"""|from(?:Image)?|component|remote|versionSpec|dist|stack)["']?\s*:|@\S+#v\d|^\s*[\w-]+:\s*["']?[\w.-]+/[\w.-]+@[\w.]"""
        r"""|^\s*-\s+["']?[\w./:-]+[#@]v?\d|^\s*-\s+["']?v?\d+(?:\.[\dx*]+)*["']?\s*$|\bsem-version\b|^\s*(?:-\s+pipe|builder)\s*:\s*\S*[/:]"""
        r"""|^\s*(?:-\s+)?(?:(?:name|value)\s*:\s+)?["']?[a-z][\w./-]*:v?\d[\w.-]*["']?\s*$|^\s*-\s+name:\s*["']?[\w.-]+\.(?:io|dev|com)/|\b(?:docker_build|load)\s*\(""",
    ),
    # The sources from which Argo CD, Flux and Crossplane install.
    _in(
        "*.y*ml *.json",
        r"""^\s*(?:-\s+)?["']?(?:repoURL|targetRevision|package)["']?\s*:\s*\S*[/\d]|^\s*url:\s*["']?(?:(?:oci|ssh|git)://|\S+\.git\b)""",
    ),
    _in(
        "Jenkinsfile* *.jenkinsfile *.groovy",
        r"@Library\b|\bdocker\.image\s*\(|\b(?:image|docker)\s+['\"]|\btools\s*\{|\blibrary\s*\(",
    ),
    # `name==1.0`, `name @ https://...` or an option of pip or conda, in a list file of any name.
    _in(
        "*.txt *.in *.pip *.lst *.list",
        r"^\s*[A-Za-z0-9][\w.-]*(?:\[[\w,\s-]*\])?(?:\s*(?:(?:===?|~=)\s*\d|>=\s*\d+\.)|[<>]=?\d)[\w.*+!-]*\s*(?:[,;#\\].*)?$"
        r"|^\s*(?:(?:-e|--editable)[ =]+\S|(?:[A-Za-z][\w.-]*(?:\[[\w,\s-]*\])?\s*@\s*)?(?:git|hg|svn|bzr)\+\w+://)"
        r"|^\s*[A-Za-z][\w.-]*(?:\[[\w,\s-]*\])?\s*@\s*(?:https?|file):"
        r"|^\s*(?:-i|-f|--(?:extra-)?index-url|--find-links)[ =]+\S"
        r"|^@EXPLICIT\b|^\s*https?://\S+\.(?:whl|tar\.\w+|zip|conda)(?:#\S*)?\s*$",
    ),
    _in("*.config", r"<(?:bindingRedirect|assemblyIdentity|codeBase)\b", flags=re.IGNORECASE),
    _in(
        "**/tasks/**/*.y*ml **/handlers/*.y*ml **/roles/**/*.y*ml **/playbooks/**/*.y*ml playbook*.y*ml"
        " *-playbook.y*ml **/ansible/**/*.y*ml site.y*ml *.sls",
        r"^\s*(?:-\s+)?(?:ansible\.builtin\.|community\.[\w.]+\.)?(?:apt|yum|dnf|apk|package|pip|npm|gem|get_url|git|homebrew"
        r"|apt_repository|yum_repository|rpm_key|apt_key|snap|pacman|zypper|unarchive|docker_container|docker_image"
        r"|cpanm|bundler|composer|maven_artifact|win_chocolatey)\s*:|^\s+(?:name|pkg|version|repo|url|checksum|deb)\s*:"
        r"|\b(?:pkg|pip|npm|gem)\.(?:installed|latest)\b",
    ),
    _in(
        "*.spec *.spec.in",
        r"^\s*(?:(?:Build|Pre|Post)?Requires|Source\d*|Patch\d*|Recommends|Provides|Obsoletes)(?:\([^)]*\))?\s*:",
        flags=re.IGNORECASE,
    ),
    _in("*.container *.image *.kube *.build", r"^\s*(?:Image|Rootfs)\s*="),
    _in("*.ini", r"^\s*(?:(?:zend_)?extension|auto_(?:pre|ap)pend_file)\s*="),
    _in("*.def", r"^\s*(?:From|Bootstrap)\s*:", flags=re.IGNORECASE),
    _in("*.pro *.pri", r"^\s*(?:LIBS|CONFIG|QT|PKGCONFIG|INCLUDEPATH)\s*[+*~-]?="),
    _in("*.sc", r"\$(?:ivy|dep|repo|file|exec)\b"),
    _in("metadata.rb", r"^\s*(?:depends|chef_version|gem)\b"),
    _in("*.rb", r"^\s*gem\s+[\"']"),
    _in("**/recipes/**/*.rb", r"^\s*(?:\w+_)?(?:package|remote_file|repository|git)\s+['\"]"),
    _in("*.pp", r"^\s*(?:package|vcsrepo|archive|apt::source|yumrepo)\s*\{|\bensure\s*=>\s*'?[\dl]"),
    _in("*.bicep", r"\bmodule\s+\w+\s+'(?:br|ts)[:/]"),
    _in("*.dhall", r"(?:^|[\s=(])https?://\S"),
    _in("*.bu *.ign *ignition*.y*ml *.fcc", r"^\s*[\"']?source[\"']?\s*:\s*[\"']?(?:https?|s3|tftp)://"),
    _in("*.target", r"<(?:repository|unit)\b"),
    _in(
        "*.MF *.bnd *.bndrun",
        r"^(?:Class-Path|(?:Require|Import)-(?:Bundle|Package)|Fragment-Host|Launcher-Agent\S*|Premain-Class|Agent-Class)\s*:"
        r"|^\s*-(?:buildpath|testpath|plugin|pluginpath|runbundles|runrequires|runfw|dependson|includeresource)\b",
    ),
    _in("plugins.txt", r"^\s*[\w-]+:[\w.-]+\s*$"),
    _in("Project.swift Workspace.swift", r"\bProjectDescription\b|\.(?:package|external|remote)\("),
    _in("*.py", r"\.(?:uv_)?(?:pip|apt|conda|micromamba|npm)_install\w*\("),
    _in(
        "Snakefile* *.smk *.snakefile",
        r"""^\s*(?:conda|container|containerized|singularity)\s*[:=]|^\s*["'](?:[^"']+\.ya?ml|\w+://[^"']+)["'],?\s*$""",
    ),
    _in("*.nf nextflow.config conf/*.config", r"""\b(?:container|conda|spack|module)\s*[=(]?\s*["'{]"""),
    _in("*.wdl *.cwl", r"""\b(?:docker|container|dockerPull|dockerImageId|dockerFile)["']?\s*:"""),
    _in("turbo.json", r"\bremoteCache\b|[\"'](?:apiUrl|loginUrl|signature)[\"']\s*:"),
    _in("**/ci/**/*.y*ml **/concourse/**/*.y*ml", r"\bimage_resource\b|[{,\s]repository\s*:"),
    _in("buf.yaml buf.gen*.yaml", r"^\s*(?:-\s+)?(?:deps|remote|plugin|module)\s*:|^\s*-\s+[\w.-]+/[\w-]+/"),
    _in("Dockerrun.aws.json", r"""["']Name["']\s*:\s*["'][^"']*[:/]"""),
    # A list of dependencies in a file that is not in the table.
    _in(
        "*.json *.json5 *.y*ml *.toml *.hcl *.cue",
        r"""^\s*(?:["']?(?:dev|optional|peer|build|test)?[-_]?dependencies["']?\s*[:=]\s*[\[{]"""
        r"""|\[{1,2}(?:[\w.-]+[.-])?dependencies(?:\.[\w.-]+)?\]{1,2}\s*$)""",
        flags=re.IGNORECASE,
    ),
)
"""Tuples of a pattern of lines that install or load something, and the globs of the files in which they do."""
_IN_COMMENTS = (_DIRECTIVES, _METADATA)
"""Patterns of directives for tools in comments of the language."""
_LISTED = lazy_pattern(r"""["']\s*,\s*["']""")


def brings_packages(comment: str) -> bool:
    """Return whether this comment is a directive for a tool that installs packages."""
    return any(pattern.search(piece) for pattern in _IN_COMMENTS for piece in windows(comment))


def brings_in(command: str) -> bool:
    """Return whether a shell command installs something, or sets a variable that selects what is installed or run."""
    pieces = (piece for line in command.splitlines() for piece in windows(line))
    return installs(command) or any(map(_ENVIRONMENT.search, pieces))


def mentions(path: str, line: str) -> bool:
    """Return whether a line of this file installs or loads something from outside the repository."""
    return any(_mentions(path, piece) for piece in windows(line))


@lru_cache(maxsize=512)  # each event evaluates the same lines again
def _mentions(path: str, line: str) -> bool:
    patterns, has_images, is_script, is_program = _kind_of(path)
    if is_script and line.lstrip().startswith("# ") and not path.casefold().endswith(_NO_HASH):
        patterns = tuple(pattern for pattern in patterns if pattern in _IN_COMMENTS)
        return any(pattern.search(line) for pattern in patterns)
    if any(pattern.search(line) for pattern in patterns):
        return True
    if has_images and any(_is_image(found[1] or found[2], path) for found in _IMAGE.finditer(line)):
        return True
    # A list of words can be a command as well: `["pip", "install", "x"]`.
    spaced = _LISTED.sub(" ", line) if "," in line else line
    if is_program and _RUNS.search(line):
        return installs_package(_OF_ITS_USERS.sub("", spaced))
    return is_script and (installs(line) or (spaced != line and installs(spaced)))


@lru_cache(maxsize=1024)
def _kind_of(path: str) -> tuple[tuple[re.Pattern[str], ...], bool, bool, bool]:
    """Return the patterns for a file, and whether it may contain images, commands, or calls that run commands."""
    patterns = tuple(pattern for pattern, files in _PATTERNS if matches(files, path, ignore_case=True))
    name = path.rpartition("/")[2]
    # A name in capitals, such as INSTALL, is that of a text document.
    is_script = matches(_SCRIPTS, path, ignore_case=True) or ("." not in name and not name.isupper())
    is_program = matches(_PROGRAMS, path, ignore_case=True)
    return patterns, matches(_IMAGE_FILES, path, ignore_case=True), is_script, is_program


def _is_image(reference: str, path: str) -> bool:
    """Return whether it is a container image (`registry/name:tag`), not the URL or path of a picture."""
    if reference.startswith(("/", "http:", "https:", "./", "../", "{", "|", ">")):
        return reference.startswith(("{{", "${"))
    name = reference.partition("@")[0]
    repository = name.rpartition(":")[0] if "/" not in name.rpartition(":")[2] and ":" in name else name
    if repository.isalpha() and (not repository.islower() or (name == repository and path.endswith(".json"))):
        return False  # a word of a translation or of data; image names are lowercase
    return reference.rpartition(".")[2].casefold() not in MEDIA
