"""GraphQL queries for a pull request: the main one, and smaller ones for what it could not request.

Fields of the pull request and fields of its head commit are separate fragments: if the head is known beforehand, one
query requests both (`PULL_AT_ONCE`); otherwise the second part is requested afterwards (`AT_HEAD`).
"""

from __future__ import annotations

from collections.abc import Sequence

from hotfix.github.read.baseline import record_queries
from hotfix.github.read.repository_queries import Fragments, PerValue

CHECK_NAME = "hotfix"
POLICY_PATH = ".github/hotfix.yml"

FRAGMENTS = Fragments(
    """
fragment HasPolicy on Repository {
  nameWithOwner
  defaultBranchRef { name target { oid } }
  policy: object(expression: "HEAD:.github/hotfix.yml") { ...Text }
}
fragment Owners on Query { owners: repository(owner: $owner, name: ".github") { ...HasPolicy } }
fragment Text on Blob { oid text isTruncated isBinary byteSize }
fragment Contexts on StatusCheckRollupContextConnection {
  nodes {
    __typename
    ... on CheckRun {
      databaseId name status conclusion isRequired(pullRequestNumber: $number) checkSuite { app { databaseId } }
    }
    ... on StatusContext { context state isRequired(pullRequestNumber: $number) }
  }
  pageInfo { hasNextPage endCursor }
}
fragment AtHead on Repository {
  head: object(oid: $head) {
    ... on Commit {
      oid
      ...Pushed
      statusCheckRollup { contexts(first: 100) { ...Contexts } }
      associatedPullRequests(first: 50) {
        nodes { number state headRefOid baseRepository { nameWithOwner } }
        pageInfo { hasNextPage }
      }
    }
  }
  target: object(oid: $target) { oid ...OurRuns }
  head_policy: object(expression: $head_policy) { ...Text }
}
fragment Pushed on Commit { pushed: checkSuites(first: 1, filterBy: {appId: $app}) { nodes { createdAt } } }
fragment Reviewable on PullRequest {
  ready: timelineItems(last: 1, itemTypes: [READY_FOR_REVIEW_EVENT]) {
    nodes { ... on ReadyForReviewEvent { createdAt } }
  }
  base_changes: timelineItems(
    last: 1
    itemTypes: [BASE_REF_CHANGED_EVENT, AUTOMATIC_BASE_CHANGE_SUCCEEDED_EVENT, BASE_REF_FORCE_PUSHED_EVENT]
  ) {
    nodes {
      ... on BaseRefChangedEvent { createdAt }
      ... on AutomaticBaseChangeSucceededEvent { createdAt }
      ... on BaseRefForcePushedEvent { createdAt }
    }
  }
}
fragment Authors on Commit {
  oid authors(first: 100) { nodes { name email user { login } } pageInfo { hasNextPage } }
}
fragment Requested on RequestedReviewer { ... on User { login } ... on Team { combinedSlug } }
fragment Pull on PullRequest {
  number title body url isDraft state createdAt updatedAt lastEditedAt changedFiles
  headRefOid headRefName baseRefName
  mergeCommit { parents(first: 1) { nodes { oid } } }
  headRepository { nameWithOwner }
  author { __typename login }
  labels(first: 100) { nodes { name } }
}
fragment Deep on PullRequest {
  baseRef {
    branchProtectionRule { requiredStatusCheckContexts }
    rules(first: 100) {
      nodes {
        parameters {
          __typename
          ... on RequiredStatusChecksParameters { requiredStatusChecks { context } }
        }
      }
    }
  }
  commits(first: 100) { nodes { commit { ...Authors } } }
  reviews(last: 100, states: [APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED]) { ...Reviews }
  reviewRequests(first: 100) {
    nodes { requestedReviewer { ...Requested } }
  }
  closingIssuesReferences(first: 5) {
    nodes { number repository { nameWithOwner } labels(first: 50) { nodes { name } } }
  }
  timelineItems(first: 50, itemTypes: [REVIEW_REQUESTED_EVENT]) {
    nodes {
      ... on ReviewRequestedEvent {
        createdAt
        requestedReviewer { ...Requested }
      }
    }
  }
  ...Reviewable
  dismissals: timelineItems(last: 100, itemTypes: [REVIEW_DISMISSED_EVENT]) {
    nodes {
      ... on ReviewDismissedEvent { actor { __typename login } previousReviewState review { fullDatabaseId } }
    }
    pageInfo { hasPreviousPage }
  }
  comments(last: 100) @include(if: $comments) {
    nodes { fullDatabaseId body lastEditedAt author { __typename login } }
    pageInfo { hasPreviousPage }
  }
}
fragment Reviews on PullRequestReviewConnection {
  nodes { fullDatabaseId author { __typename login } state submittedAt commit { oid } }
  pageInfo { hasPreviousPage startCursor }
}
""",
    record_queries.FRAGMENTS,
)
"""`owners` is null if there is no `.github` repository. `Requested` leaves out bots such as Copilot."""

PULL_AT_ONCE = FRAGMENTS.query("""
query EvaluatePull(
  $owner: String!, $name: String!, $number: Int!, $deep: Boolean!, $known: Boolean!, $comments: Boolean!,
  $environments: [String!], $depth: Int!, $tags: Boolean!,
  $origin: String! = "", $baseline: String! = "", $compared: Boolean! = false,
  $head: GitObjectID, $target: GitObjectID, $head_policy: String, $app: Int,
  $group: Boolean! = false, $queue: String! = ""
) {
  repository(owner: $owner, name: $name) {
    ...HasPolicy
    queue: refs(refPrefix: $queue, first: 100) @include(if: $group) { nodes { name target { oid } } }
    ...Released @include(if: $deep)
    origin: ref(qualifiedName: $origin) @include(if: $compared) { name compare(headRef: $baseline) { aheadBy } }
    ...AtHead @include(if: $known)
    pullRequest(number: $number) { ...Pull ...Deep @include(if: $deep) }
  }
  ...Owners
}
""")

POLICY = FRAGMENTS.query("""
query Policy($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { ...HasPolicy } ...Owners }
""")

AT_HEAD = FRAGMENTS.query("""
query AtHead(
  $owner: String!, $name: String!, $number: Int!,
  $head: GitObjectID, $target: GitObjectID, $head_policy: String, $app: Int
) {
  repository(owner: $owner, name: $name) { ...AtHead }
}
""")
"""The fields of the head commit, if the head was not known beforehand."""

DEEP = FRAGMENTS.query("""
query Deep($owner: String!, $name: String!, $number: Int!, $comments: Boolean!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { headRefOid ...Deep } }
}
""")
"""The rest of a pull request that turned out to be a hotfix."""

MORE_CONTEXTS = FRAGMENTS.query("""
query MoreContexts($owner: String!, $name: String!, $number: Int!, $head: GitObjectID, $after: String) {
  repository(owner: $owner, name: $name) {
    head: object(oid: $head) {
      ... on Commit { statusCheckRollup { contexts(first: 100, after: $after) { ...Contexts } } }
    }
  }
}
""")

MORE_REVIEWS = FRAGMENTS.query("""
query MoreReviews($owner: String!, $name: String!, $number: Int!, $before: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviews(last: 100, before: $before, states: [APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED]) { ...Reviews }
    }
  }
}
""")

OPEN_PULLS = FRAGMENTS.query("""
query OpenPulls($owner: String!, $name: String!, $after: String, $app: Int) {
  repository(owner: $owner, name: $name) {
    ...HasPolicy
    pullRequests(states: OPEN, first: 100, after: $after, orderBy: {field: CREATED_AT, direction: ASC}) {
      nodes {
        number headRefOid headRefName
        labels(first: 100) { nodes { name } }
        commits(last: 1) {
          nodes {
            commit {
              checkSuites(first: 3, filterBy: {appId: $app, checkName: "hotfix"}) {
                nodes {
                  checkRuns(first: 1, filterBy: {checkName: "hotfix", checkType: LATEST}) {
                    nodes { databaseId conclusion }
                  }
                }
              }
            }
          }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
  ...Owners
}
""")
"""The open pull requests, and the policy that determines which of them are hotfixes. GitHub's query cost multiplies
nested connections, so a page of 100 pull requests requests only what is needed to find those with a stale check."""


TEXTS = PerValue(name="Texts", kind="String!", field="object(expression: $value) { ...Text }", fragments=FRAGMENTS)
"""The texts at `<sha>:<path>`."""
AUTHORS = PerValue(name="Authors", kind="GitObjectID", field="object(oid: $value) { ...Authors }", fragments=FRAGMENTS)
"""The authors of commits, including co-authors' accounts."""
BRANCHES = PerValue(name="Branches", kind="String!", field="ref(qualifiedName: $value) { name }")
TEAM = """\
query Team($org: String!, $slug: String!) { organization(login: $org) { team(slug: $slug) { slug } } }
"""


def entries(before: str, head: str, pairs: Sequence[tuple[str, str]]) -> tuple[str, dict[str, str]]:
    """Return a query for the blob SHAs and modes of files, and its variables.

    `pairs`: each file's paths before and at the head. The answers are `p0`, `p1` ... under `before` and `head`.
    """
    declared = "".join(f", $b{i}: String!, $h{i}: String!" for i in range(len(pairs)))
    sides = "".join(
        f"{side}: object(oid: ${side}) {{ ... on Commit {{\n"
        + "".join(f"p{i}: file(path: ${side[0]}{i}) {{ oid mode }}\n" for i in range(len(pairs)))
        + "} }\n"
        for side in ("before", "head")
    )
    variables = {"before": before, "head": head}
    for i, (old, new) in enumerate(pairs):
        variables |= {f"b{i}": old, f"h{i}": new}
    return (
        f"query Entries($owner: String!, $name: String!, $before: GitObjectID!, $head: GitObjectID!{declared}) {{\n"
        f"repository(owner: $owner, name: $name) {{\n{sides}}}\n}}\n"
    ), variables
