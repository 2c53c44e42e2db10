"""GraphQL queries for deployments, releases and tags, and for why a commit may count as production."""

from __future__ import annotations

import json

DEPLOYMENTS = 20
"""How many of the newest production deployments are read first, before the most are."""
MOST_LISTED = 100
"""Items of a list that one query may ask for."""


def spellings(environment: str) -> list[str]:
    """Return an environment's name with other capitals: they make no difference to GitHub, except in this filter."""
    names = (environment, environment.lower(), environment.capitalize(), environment.title(), environment.upper())
    return list(dict.fromkeys(names))


PEELED = """
fragment Peeled on GitObject {
  __typename oid
  ... on Commit { committedDate }
  ... on Tag {
    target {
      __typename oid
      ... on Commit { committedDate }
      ... on Tag { target { __typename oid ... on Commit { committedDate } } }
    }
  }
}
"""
"""What a tag names in the end."""
_TAGS = """
fragment Tags on RefConnection {
  nodes { name target { ...Peeled } }
  totalCount
  pageInfo { hasNextPage endCursor }
}
"""

PRODUCTION_LIKE = (*spellings("prod"), *spellings("prd"), *spellings("live"))
"""Names that other teams give their production."""

RELEASED_FRAGMENT = (
    """
fragment Released on Repository {
  deploymentsElsewhere: deployments(environments: ELSEWHERE, first: 3, orderBy: {field: CREATED_AT, direction: DESC}) {
    nodes { environment latestStatus { state } }
  }
  deployments(environments: $environments, first: $depth, orderBy: {field: CREATED_AT, direction: DESC}) {
    nodes {
      databaseId commitOid task payload
      creator { __typename login }
      ref { name prefix target { ...Peeled } }
      latestStatus { state createdAt }
      statuses(first: 10) { nodes { state createdAt } }
    }
    pageInfo { hasNextPage }
  }
  latestRelease { tagName tagCommit { oid } }
  refs(refPrefix: "refs/tags/", first: 100, orderBy: {field: TAG_COMMIT_DATE, direction: DESC}) @include(if: $tags) {
    ...Tags
  }
}
""".replace("ELSEWHERE", json.dumps(PRODUCTION_LIKE))
    + _TAGS
    + PEELED
)

OUR_RUNS = """
checkSuites(first: 10, filterBy: {appId: $app, checkName: "hotfix"}) {
  nodes {
    checkRuns(first: 2, filterBy: {checkName: "hotfix", checkType: LATEST}) {
      nodes { databaseId status conclusion externalId startedAt annotations(first: 1) { totalCount } }
    }
  }
}
"""

RELEASED = (
    """
query Released($owner: String!, $name: String!, $environments: [String!], $depth: Int!, $tags: Boolean!) {
  repository(owner: $owner, name: $name) { ...Released }
}
"""
    + RELEASED_FRAGMENT
)
"""What was deployed and released."""

GROUNDS = """
query Grounds($owner: String!, $name: String!, $oid: GitObjectID!, $sha: String!, $tag: String!, $app: Int) {
  repository(owner: $owner, name: $name) {
    defaultBranchRef { name compare(headRef: $sha) { aheadBy } }
    tag: ref(qualifiedName: $tag) { rules(first: 100) { nodes { type } } }
    commit: object(oid: $oid) {
      ... on Commit {
        OUR_RUNS
        associatedPullRequests(first: 20) { nodes { number headRefOid baseRepository { nameWithOwner } } }
      }
    }
  }
}
""".replace("OUR_RUNS", OUR_RUNS)
"""Why a commit may count as production."""

TAGS = (
    """
query Tags($owner: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    refs(refPrefix: "refs/tags/", first: 100, after: $after, orderBy: {field: TAG_COMMIT_DATE, direction: DESC}) {
      ...Tags
    }
  }
}
"""
    + _TAGS
    + PEELED
)

TAG = (
    """
query Tag($owner: String!, $name: String!, $tag: String!) {
  repository(owner: $owner, name: $name) { ref(qualifiedName: $tag) { target { ...Peeled } } }
}
"""
    + PEELED
)
