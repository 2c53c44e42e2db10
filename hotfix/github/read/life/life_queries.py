"""GraphQL queries for an incident: the second round reads details of what the first one finds."""

from __future__ import annotations

from hotfix.github.read.pull import pull_queries
from hotfix.github.read.repository_queries import Fragments, PerValue

MOST_PULLS = 5
"""Maximum number of an incident's pull requests read in full."""
FRAGMENTS = Fragments(
    """
fragment Comments on IssueCommentConnection {
  nodes {
    id fullDatabaseId body createdAt lastEditedAt isMinimized viewerDidAuthor
    author { __typename login }
    reactionGroups { content viewerHasReacted }
  }
  pageInfo { hasPreviousPage startCursor }
}
fragment Deployed on DeploymentConnection {
  nodes {
    databaseId commitOid createdAt payload ref { name prefix } creator { __typename login }
    statuses(first: 30) { nodes { state description createdAt logUrl creator { __typename login } } }
  }
  pageInfo { hasNextPage endCursor }
}
fragment Pulls on PullRequestConnection {
  nodes {
    number title body state createdAt updatedAt mergedAt headRefName headRefOid
    headRepository { nameWithOwner }
    commits(last: 50) { nodes { commit { oid message } } }
  }
  pageInfo { hasNextPage endCursor }
}
fragment Branches on RefConnection {
  nodes { name target { oid ... on Commit { message committedDate author { user { login } } } } }
  pageInfo { hasNextPage endCursor }
}
fragment Details on PullRequest {
  id number title body url isDraft state createdAt closedAt mergedAt lastEditedAt changedFiles
  headRefName headRefOid baseRefName
  headRepository { nameWithOwner }
  author { __typename login }
  mergedBy { login }
  mergeCommit { oid }
  comments(last: 100) { ...Comments }
  reviews(last: 50, states: [APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED]) {
    nodes { fullDatabaseId author { __typename login } state submittedAt commit { oid } }
  }
  timelineItems(first: 50, itemTypes: [REVIEW_REQUESTED_EVENT]) {
    nodes {
      ... on ReviewRequestedEvent {
        createdAt requestedReviewer { ...Requested }
      }
    }
  }
  ...Reviewable
  reviewRequests(first: 50) {
    nodes { requestedReviewer { ...Requested } }
  }
  commits(first: 100) { nodes { commit { oid authors(first: 5) { nodes { user { login } } } } } }
}
fragment Head on Commit {
  ...Pushed
  statusCheckRollup {
    contexts(first: 100) {
      nodes {
        __typename
        ... on CheckRun {
          databaseId name status conclusion completedAt isRequired(pullRequestNumber: $number)
          checkSuite { app { databaseId } }
        }
        ... on StatusContext { context state createdAt isRequired(pullRequestNumber: $number) }
      }
    }
  }
  checkSuites(first: 5, filterBy: {appId: $app, checkName: "hotfix"}) {
    nodes {
      checkRuns(first: 1, filterBy: {checkName: "hotfix", checkType: LATEST}) {
        nodes { databaseId status conclusion startedAt completedAt text }
      }
    }
  }
}
""",
    pull_queries.FRAGMENTS,
)

LIFE = FRAGMENTS.query("""
query Life(
  $owner: String!, $name: String!, $number: Int!, $label: String!, $production: String!, $staging: String!
) {
  repository(owner: $owner, name: $name) {
    ...HasPolicy
    subject: issueOrPullRequest(number: $number) {
      __typename
      ... on PullRequest { number title body createdAt
        commits(last: 50) { nodes { commit { oid message } } }
      }
      ... on Issue {
        number title body url state createdAt closedAt
        repository { nameWithOwner }
        author { __typename login }
        parent { number }
        labels(first: 100) { nodes { name } }
        assignees(first: 50) { nodes { login } }
        comments(last: 100) { ...Comments }
        timelineItems(
          last: 100, itemTypes: [LABELED_EVENT, CLOSED_EVENT, REOPENED_EVENT, CONVERTED_TO_DISCUSSION_EVENT]
        ) {
          nodes {
            __typename
            ... on LabeledEvent { createdAt label { name } actor { __typename login } }
            ... on ReopenedEvent { id createdAt actor { __typename login } }
            ... on ClosedEvent { id createdAt actor { __typename login } closer { __typename } }
          }
        }
        subIssues(first: 100) {
          nodes {
            number title body state createdAt closedAt viewerDidAuthor author { __typename login }
            labels(first: 20) { nodes { name } }
            assignees(first: 10) { nodes { login } }
          }
        }
      }
    }
    pullRequests(labels: [$label], first: 30, orderBy: {field: UPDATED_AT, direction: DESC}) { ...Pulls }
    production: deployments(
      environments: [$production], first: 50, orderBy: {field: CREATED_AT, direction: DESC}
    ) { ...Deployed }
    staging: deployments(
      environments: [$staging], first: 50, orderBy: {field: CREATED_AT, direction: DESC}
    ) { ...Deployed }
    branches: refs(refPrefix: "refs/heads/", first: 100) { ...Branches }
    tags: refs(refPrefix: "refs/tags/", first: 100, orderBy: {field: TAG_COMMIT_DATE, direction: DESC}) {
      nodes {
        name
        target { __typename oid ... on Tag { target { __typename oid ... on Tag { target { __typename oid } } } } }
      }
      pageInfo { hasNextPage }
    }
  }
  ...Owners
}
""")

OLDER_DEPLOYMENTS = FRAGMENTS.query("""
query OlderDeployments($owner: String!, $name: String!, $environment: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    found: deployments(
      environments: [$environment], first: 100, after: $after, orderBy: {field: CREATED_AT, direction: DESC}
    ) { ...Deployed }
  }
}
""")

OLDER_PULLS = FRAGMENTS.query("""
query OlderPulls($owner: String!, $name: String!, $label: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    found: pullRequests(
      labels: [$label], first: 30, after: $after, orderBy: {field: UPDATED_AT, direction: DESC}
    ) { ...Pulls }
  }
}
""")

BRANCHES_LIKE = FRAGMENTS.query("""
query BranchesLike($owner: String!, $name: String!, $like: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    found: refs(refPrefix: "refs/heads/", query: $like, first: 100, after: $after) { ...Branches }
  }
}
""")

COMMENTS_BEFORE = FRAGMENTS.query("""
query CommentsBefore($owner: String!, $name: String!, $number: Int!, $before: String) {
  repository(owner: $owner, name: $name) {
    subject: issueOrPullRequest(number: $number) {
      ... on Issue { comments(last: 100, before: $before) { ...Comments } }
      ... on PullRequest { comments(last: 100, before: $before) { ...Comments } }
    }
  }
}
""")

PULL = FRAGMENTS.query("""
query LifePull(
  $owner: String!, $name: String!, $number: Int!, $head: GitObjectID, $spec: String, $app: Int
) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) { ...Details }
    head: object(oid: $head) { ...Head }
    spec: object(expression: $spec) { ... on Blob { text } }
  }
}
""")

CARRIED = PerValue(
    name="Carried",
    kind="String!",
    field="""
ref(qualifiedName: $value) {
  name compare(headRef: $fix) { status }
  target { oid ... on Commit { history(first: 50, since: $since) { nodes {
    oid message committedDate additions deletions author { user { login } } parents(first: 2) { nodes { oid } }
  } } } }
}
""",
    declared=", $fix: String!, $fixed: GitObjectID, $since: GitTimestamp",
    also="""
fix: object(oid: $fixed) { ... on Commit {
  message additions deletions
  associatedPullRequests(first: 30) {
    nodes { number state headRefName headRefOid baseRefName mergedAt mergedBy { login } mergeCommit { oid } }
  }
} }
""",
)
"""Whether branches contain the fix, and their commits since the incident began, in which cherry-picks are found."""
ISSUES = PerValue(
    name="Issues",
    kind="Int!",
    field="issueOrPullRequest(number: $value) { ... on Issue { number state labels(first: 50) { nodes { name } } } }",
)
DEPLOYED_PULLS = """
query DeployedPulls($owner: String!, $name: String!, $sha: GitObjectID) {
  repository(owner: $owner, name: $name) {
    deployed: object(oid: $sha) {
      ... on Commit {
        history(first: 50) {
          nodes { oid associatedPullRequests(first: 5) { nodes { number mergedAt headRefName } } }
        }
      }
    }
  }
}
"""

INCIDENTS = FRAGMENTS.query("""
query Incidents(
  $owner: String!, $name: String!, $label: String!, $states: [IssueState!], $filter: IssueFilters, $after: String
) {
  repository(owner: $owner, name: $name) {
    ...HasPolicy
    issues(labels: [$label], states: $states, filterBy: $filter, first: 100, after: $after) {
      nodes { number createdAt }
      pageInfo { hasNextPage endCursor }
    }
  }
  ...Owners
}
""")
