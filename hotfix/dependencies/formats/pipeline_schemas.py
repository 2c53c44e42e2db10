"""The schemas of CI pipelines: GitHub Actions, GitLab, CircleCI, Buildkite and Travis.

Variables, parameters, caches, templates and triggers can bring anything, so they are relevant, as are keys that a
service adds later. A shell is a command line, which can run others first. Machines of one's own are chosen by harmless
labels.
"""

from __future__ import annotations

from hotfix.dependencies.manifest_schema import ManifestSchema, of_section, of_sections
from hotfix.text.words import words

_STEP = "name id if timeout-minutes continue-on-error working-directory"
_GITLAB_IMAGES = "image image/name services services/name"
_GITLAB_SCRIPTS = "script before_script after_script hooks/pre_get_sources_script"
_GITLAB_NEEDS = "needs needs/job needs/artifacts needs/optional needs/parallel"
"""Jobs of the same project; artifacts of other projects are relevant."""
_GITLAB_RULES = (
    "rules rules/if rules/changes rules/exists rules/when rules/start_in rules/allow_failure rules/interruptible"
    f" rules/auto_cancel {' '.join(f'rules/{each}' for each in _GITLAB_NEEDS.split())}"
)
"""Conditions; the variables that rules set are relevant."""
_GITLAB_JOB = (
    "stage tags dependencies only except when start_in allow_failure artifacts coverage environment interruptible"
    " resource_group retry timeout inherit release pages id_tokens secrets manual_confirmation"
    f" {_GITLAB_NEEDS} {_GITLAB_RULES}"
)
_ANCHORS = "x-* .* _* anchors aliases common defaults definitions references shared templates"
"""Usual names of keys that have no effect but for their YAML anchors; changes are visible where these are used."""

_CIRCLE_RUNNERS = ("jobs/*", "executors/*")
_CIRCLE_STEPS = (
    *of_sections(("jobs/*", "commands/*"), "steps steps/when/steps steps/unless/steps steps/*/steps"),
    *of_section("workflows/*/jobs/*", "pre-steps post-steps"),
)
"""The places of steps: those of a condition, or of a command that takes steps, are nested."""
_CIRCLE_STEP = (
    "checkout store_artifacts store_test_results persist_to_workspace attach_workspace add_ssh_keys when/condition"
    " unless/condition"
)
_CIRCLE_RUN = " ".join(
    path
    for step in ("run", "deploy")
    for path in of_section(step, "name working_directory background no_output_timeout when")
)

_BUILDKITE_STEPS = ("steps", "steps/steps")
"""The places of steps: those of a group are nested."""
_BUILDKITE_STEP = (
    "wait waiter continue_on_failure block input prompt fields blocked_state submit allowed_teams group label name key"
    " id identifier depends_on allow_dependency_failure if if_changed branches artifact_paths async concurrency"
    " concurrency_group concurrency_method notify parallelism priority retry skip soft_fail timeout_in_minutes type"
    " cancel_on_build_failing agents build/message"
)

_TRAVIS_JOBS = ("", "jobs/include", "matrix/include")
_TRAVIS_SCRIPTS = (
    "before_install install before_script script before_cache after_success after_failure after_script before_deploy"
    " after_deploy deploy/script"
)
_TRAVIS_DEPLOY = (
    "on api_key user username password token secret_key access_key_id secret_access_key app repo skip_cleanup cleanup"
    " file file_glob draft prerelease overwrite body tag_name target_commitish bucket region acl local_dir upload-dir"
    " target_branch keep-history fqdn email committer_from_gh distributions skip_existing skip_upload_docs all_branches"
)

PIPELINES: dict[str, ManifestSchema] = {
    "workflow": ManifestSchema(
        uses=("jobs/*/uses", "jobs/*/steps/uses", "runs/steps/uses"),
        images=(*of_section("jobs/*", "container container/image services/* services/*/image"), "runs/image"),
        commands=of_sections(("jobs/*/steps", "runs/steps"), "run shell"),
        harmless=(
            *words("name run-name description author branding on concurrency permissions inputs outputs"),
            *of_section("jobs/*", "name needs if permissions timeout-minutes concurrency outputs environment"),
            *of_section("jobs/*", "continue-on-error"),
            *of_section("jobs/*/steps", _STEP),
            *of_section("runs/steps", _STEP),
        ),
    ),
    # Variables, templates, triggers and includes can bring anything, and so can keys that GitLab adds later.
    "gitlab-ci": ManifestSchema(
        images=(*words(_GITLAB_IMAGES), *of_section("default", _GITLAB_IMAGES), *of_section("*", _GITLAB_IMAGES)),
        commands=(*words(_GITLAB_SCRIPTS), *of_section("default", _GITLAB_SCRIPTS), *of_section("*", _GITLAB_SCRIPTS)),
        harmless=(
            # Without a path of their own, variables named like a job's keys would be taken for these.
            *words("stages include/local variables/*/description spec/inputs/*/description"),
            *of_section("workflow", f"name auto_cancel {_GITLAB_RULES}"),
            *of_section("default", _GITLAB_JOB),
            *of_section("*", _GITLAB_JOB),
        ),
    ),
    "circleci": ManifestSchema(
        images=of_sections(_CIRCLE_RUNNERS, "docker/image"),
        commands=(
            *of_sections(_CIRCLE_RUNNERS, "shell docker/command docker/entrypoint"),
            *of_sections(_CIRCLE_STEPS, "run run/command run/shell deploy deploy/command deploy/shell"),
        ),
        harmless=(
            *words(f"version commands/*/description {_ANCHORS}"),
            *of_sections(
                _CIRCLE_RUNNERS,
                "name type description parallelism branches working_directory circleci_ip_ranges docker/name"
                " docker/user docker/auth docker/aws_auth",
            ),
            *of_sections(
                ("parameters/*", "jobs/*/parameters/*", "commands/*/parameters/*", "executors/*/parameters/*"),
                "description type enum",
            ),
            *of_sections(_CIRCLE_STEPS, f"{_CIRCLE_STEP} {_CIRCLE_RUN}"),
            *of_section("workflows", "version */when */unless */triggers */max_auto_reruns */jobs"),
            *of_section("workflows/*/jobs/*", "name requires context filters type serial-group"),
        ),
    ),
    "buildkite": ManifestSchema(
        images=("image", *of_sections(_BUILDKITE_STEPS, "image plugins/*/image")),
        commands=of_sections(_BUILDKITE_STEPS, "command commands"),
        harmless=(*words(f"notify priority agents {_ANCHORS}"), *of_sections(_BUILDKITE_STEPS, _BUILDKITE_STEP)),
    ),
    "travis": ManifestSchema(
        commands=of_sections(_TRAVIS_JOBS, _TRAVIS_SCRIPTS),
        harmless=(
            *words(f"version branches notifications stages conditions git {_ANCHORS}"),
            *of_sections(("jobs", "matrix"), "allow_failures fast_finish exclude"),
            *of_sections(_TRAVIS_JOBS, "if name stage sudo"),
            *of_sections(_TRAVIS_JOBS, " ".join(of_section("deploy", _TRAVIS_DEPLOY))),
        ),
    ),
}  # fmt: skip
