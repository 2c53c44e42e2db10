"""Classify files by path: vendored code, binaries, media, and fixtures and examples that production never installs."""

from __future__ import annotations

import posixpath
import re

from hotfix.text.lazy_pattern import lazy_pattern
from hotfix.text.words import words

_VENDORED = frozenset(
    words(
        "node_modules bower_components jspm_packages web_modules site-packages dist-packages .venv third_party",
        "third-party thirdparty 3rdparty 3rd-party 3rd_party third_parties carthage godeps _vendor vendored",
        "__pypackages__ .m2 .ivy2 .nuget .paket",
    )
)
"""Directories of third-party code, at any depth."""
_SERVED = frozenset(words("static assets public wwwroot www dist js javascripts css stylesheets web webroot htdocs"))
"""Directories of files that browsers load."""
_YARN = frozenset(("releases", "plugins", "cache", "unplugged", "sdks"))

_FIXTURES = frozenset(
    words(
        "fixtures fixture __fixtures__ testdata test-data test_data test-fixtures test_fixtures testfixtures",
        "testcases test-cases test_cases __mocks__ __snapshots__",
    )
)
_TESTS = lazy_pattern(
    r"tests?|__tests__|specs?|e2e|[A-Za-z]*[a-z]Tests|[\w.]+\.Tests?"
    r"|(?:(?:unit|integration|functional|system|acceptance|smoke|e2e|end-to-end|ui|browser|component|regression|contract|"
    r"performance|snapshot|golden|conformance|compat|self|cli|api|src|crate)[-_.])*(?:tests?|specs?|e2e)",
    re.ASCII,
)
"""Directories of tests. With any other prefix it may be a product: `speed-test`, `openapi-spec`."""
_SOURCE_SETS = lazy_pattern(r"[a-z]+[A-Za-z]*Tests?", re.ASCII)
"""Gradle's source sets for tests, in `src`."""
_COMMON = frozenset(("fixtures", "fixture"))
"""Ambiguous names (fixtures are also sports events): files directly in them may be production code outside of tests."""
_EXAMPLES = frozenset(("examples", "example", "samples", "sample", "docs", "doc"))
_LISTS = frozenset(("requirements", "constraints"))
"""Directories that contain the manifests of their parent directory."""

_CODE = frozenset(
    words(
        "jar war ear aar jmod class dex apk aab ipa so dll dylib exe msi pyd pyc pyo whl egg pex gem nupkg snupkg",
        "crate node wasm wat o a lib ko bin elf drv ocx cab deb rpm pkg dmg iso img appimage snap flatpak phar xpi crx",
        "vsix zip tar tgz tbz tbz2 txz tzst gz bz2 xz zst 7z rar lz4 br hex rom swf xap unitypackage mo pickle pkl",
        "joblib onnx pt pth pb tflite safetensors",
    )
)
"""Suffixes of binaries that are executed, loaded or unpacked, and can't be reviewed."""
_NUMBERED = lazy_pattern(r"\.so(?:\.\d+)+")

MEDIA = frozenset(
    words(
        "png jpg jpeg gif webp avif bmp ico icns tif tiff heic heif psd ai eps svgz mp3 mp4 m4a m4v aac flac wav ogg",
        "oga ogv opus webm mov avi mkv mpg mpeg woff woff2 ttf otf eot pdf",
    )
)
"""Suffixes of images, audio, video, fonts and print documents, which are never executed."""


def is_vendored(path: str) -> bool:
    """Return whether the file is third-party code; deeper `vendor` directories may belong to the product itself."""
    folders = path.casefold().split("/")[:-1]
    if not _VENDORED.isdisjoint(folders) or "Pods" in path.split("/")[:-1]:
        return True
    for number, folder in enumerate(folders):
        inside = folders[number + 1 :]
        if folder in ("vendor", "vendors") and (
            number == 0 or folders[number - 1] in _SERVED or _is_managed(inside, path)
        ):
            return True
        if folder == ".yarn" and inside and inside[0] in _YARN:
            return True
    return False


def _is_managed(inside: list[str], path: str) -> bool:
    """Return whether a package manager created this `vendor` directory.

    Go creates directories named after hosts in it, other tools directories with known names.
    """
    return path.endswith(("/vendor/modules.txt", "/vendor/autoload.php")) or any(
        "." in each or each in ("bundle", "cache", "composer", "assets") for each in inside[:1]
    )


def is_fixture(path: str) -> bool:
    """Return whether the file is test data. A test suite's own manifest, directly in its directory, is not."""
    folders = path.split("/")[:-1]
    if any(folder.casefold() in _FIXTURES for folder in folders[:-1]):
        return True
    if folders and folders[-1].casefold() in _FIXTURES - _COMMON:
        return True
    while folders and folders[-1].casefold() in _LISTS:
        folders.pop()
    around = zip(("", *folders), folders[:-1], strict=False)
    return any(_TESTS.fullmatch(each) or (above == "src" and _SOURCE_SETS.fullmatch(each)) for above, each in around)


def is_example(path: str) -> bool:
    """Return whether the file belongs to examples or documentation, which production doesn't install."""
    return not _EXAMPLES.isdisjoint(path.casefold().split("/")[:-1])


def is_code_binary(path: str) -> bool:
    """Return whether the file is a binary that is executed, loaded or unpacked, according to its name."""
    name = path.rpartition("/")[2].casefold()
    return (name.rpartition(".")[2] in _CODE and "." in name) or bool(_NUMBERED.search(name))


def is_media(path: str) -> bool:
    """Return whether the file is media (image, audio, video, font), according to its name."""
    name = path.rpartition("/")[2].casefold()
    return "." in name and name.rpartition(".")[2] in MEDIA


def inside(folder: str, address: str) -> str | None:
    """Return the repository path that a path relative to `folder` resolves to; None if it is outside."""
    address = address.strip()
    if not address or address.startswith(("/", "\\", "~")) or re.match(r"[A-Za-z][\w+.-]*:", address):
        return None
    path = posixpath.normpath(posixpath.join(folder, address.replace("\\", "/")))
    return None if path == ".." or path.startswith("../") else path


def is_inside(address: str, folder: str = "") -> bool:
    """Return whether a relative path is a repository directory that production may use, not a fixture or archive."""
    found = inside(folder, address)
    return found is not None and not (is_fixture(f"{found}/x") or is_example(f"{found}/x") or is_code_binary(found))
