"""GraphQL queries for deployments, releases and tags, and for the evidence that a commit runs in production."""

from __future__ import annotations

import json

from hotfix.github.read.repository_queries import Fragments, PerValue

DEPLOYMENTS = 20
"""Number of newest production deployments read first; `MOST_LISTED` are read if these are not enough."""
MOST_LISTED = 100
"""Maximum page size of a GraphQL connection."""


def spellings(environment: str) -> list[str]:
    """Return an environment's name in various cases: GitHub ignores the case of the name, except in this filter."""
    names = (environment, environment.lower(), environment.capitalize(), environment.title(), environment.upper())
    return list(dict.fromkeys(names))


PRODUCTION_LIKE = (*spellings("prod"), *spellings("prd"), *spellings("live"))
"""Other common names of a production environment."""

FRAGMENTS = Fragments(
    """
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
fragment Tags on RefConnection {
  nodes { name target { ...Peeled } }
  totalCount
  pageInfo { hasNextPage endCursor }
}
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
fragment OurRuns on Commit {
  checkSuites(first: 10, filterBy: {appId: $app, checkName: "hotfix"}) {
    nodes {
      checkRuns(first: 2, filterBy: {checkName: "hotfix", checkType: LATEST}) {
        nodes { databaseId status conclusion externalId startedAt annotations(first: 1) { totalCount } }
      }
    }
  }
}
""".replace("ELSEWHERE", json.dumps(PRODUCTION_LIKE))
)
"""`Peeled` is the object that a tag resolves to, through nested annotated tags; `OurRuns` are the App's check runs."""

RELEASED = FRAGMENTS.query("""
query Released($owner: String!, $name: String!, $environments: [String!], $depth: Int!, $tags: Boolean!) {
  repository(owner: $owner, name: $name) { ...Released }
}
""")

GROUNDS = FRAGMENTS.query("""
query Grounds($owner: String!, $name: String!, $oid: GitObjectID!, $sha: String!, $tag: String!, $app: Int) {
  repository(owner: $owner, name: $name) {
    defaultBranchRef { name compare(headRef: $sha) { aheadBy } }
    tag: ref(qualifiedName: $tag) { rules(first: 100) { nodes { type } } }
    commit: object(oid: $oid) {
      ...OurRuns
      ... on Commit {
        associatedPullRequests(first: 20) { nodes { number headRefOid baseRepository { nameWithOwner } } }
      }
    }
  }
}
""")
"""The evidence that a commit runs in production."""

TAGS = FRAGMENTS.query("""
query Tags($owner: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    refs(refPrefix: "refs/tags/", first: 100, after: $after, orderBy: {field: TAG_COMMIT_DATE, direction: DESC}) {
      ...Tags
    }
  }
}
""")

TAGS_LIKE = FRAGMENTS.query("""
query TagsLike($owner: String!, $name: String!, $like: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    refs(refPrefix: "refs/tags/", query: $like, first: 100, after: $after) { ...Tags }
  }
}
""")

TAG = FRAGMENTS.query("""
query Tag($owner: String!, $name: String!, $tag: String!) {
  repository(owner: $owner, name: $name) { ref(qualifiedName: $tag) { target { ...Peeled } } }
}
""")

COMPARISONS = PerValue(
    name="Comparisons",
    kind="String!",
    field="ref(qualifiedName: $value) { compare(headRef: $sha) { aheadBy } }",
    declared=", $sha: String!",
)
"""Refs compared with a commit."""
