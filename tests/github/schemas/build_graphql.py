"""Reduces GitHub's GraphQL schema to the types that the simulated GitHub implements."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from graphql import (
    DocumentNode,
    EnumTypeDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    NamedTypeNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    parse,
    print_ast,
)

BUILT_IN = {"Int", "Float", "String", "Boolean", "ID"}
OBJECTS = [
    "Query",
    "Mutation",
    "Repository",
    "PullRequest",
    "Commit",
    "Ref",
    "Blob",
    "Tree",
    "TreeEntry",
    "Tag",
    "Comparison",
    "GitActor",
    "User",
    "Bot",
    "Organization",
    "Team",
    "PageInfo",
    "Label",
    "Issue",
    "IssueComment",
    "PullRequestReview",
    "ReviewRequest",
    "PullRequestChangedFile",
    "PullRequestCommit",
    "App",
    "StatusCheckRollup",
    "CheckRun",
    "CheckSuite",
    "StatusContext",
    "Status",
    "Deployment",
    "DeploymentStatus",
    "Environment",
    "Release",
    "RateLimit",
    "CheckAnnotation",
    "CheckAnnotationSpan",
    "CheckAnnotationPosition",
    "Reaction",
    "ReactionGroup",
    "AutoMergeRequest",
    "BranchProtectionRule",
    "RepositoryRule",
    "RequiredStatusChecksParameters",
    "PullRequestParameters",
    "MergeQueueParameters",
    "RefUpdateRule",
    "MergeQueue",
    "MergeQueueConfiguration",
    "MergeQueueEntry",
    "EnqueuePullRequestPayload",
    "StatusCheckConfiguration",
    "LabeledEvent",
    "UnlabeledEvent",
    "ReviewRequestedEvent",
    "ReviewRequestRemovedEvent",
    "HeadRefForcePushedEvent",
    "ClosedEvent",
    "ReopenedEvent",
    "MergedEvent",
    "RenamedTitleEvent",
    "ReadyForReviewEvent",
    "ConvertToDraftEvent",
    "ConvertedToDiscussionEvent",
    "AutomaticBaseChangeSucceededEvent",
    "BaseRefChangedEvent",
    "BaseRefForcePushedEvent",
    "AssignedEvent",
    "ReviewDismissedEvent",
    "UnassignedEvent",
    "MinimizeCommentPayload",
    "HeadRefDeletedEvent",
    "RequiredStatusCheckDescription",
    "StatusContext",
    "EnablePullRequestAutoMergePayload",
    "DisablePullRequestAutoMergePayload",
    "ConvertPullRequestToDraftPayload",
    "MarkPullRequestReadyForReviewPayload",
]
CONNECTIONS = [
    "PullRequest",
    "Ref",
    "Label",
    "Issue",
    "IssueComment",
    "PullRequestReview",
    "ReviewRequest",
    "PullRequestChangedFile",
    "PullRequestCommit",
    "Commit",
    "CommitHistory",
    "ComparisonCommit",
    "StatusCheckRollupContext",
    "CheckRun",
    "CheckSuite",
    "Deployment",
    "DeploymentStatus",
    "Release",
    "User",
    "PullRequestTimelineItems",
    "IssueTimelineItems",
    "Reactor",
    "CheckAnnotation",
    "GitActor",
    "Team",
    "TeamMember",
    "Environment",
    "Reaction",
    "RepositoryCollaborator",
    "RepositoryRule",
]
INTERFACES = [
    "Node",
    "Actor",
    "GitObject",
    "RequirableByPullRequest",
    "RepositoryOwner",
    "Labelable",
    "Closable",
    "Comment",
    "Minimizable",
]
UNIONS = [
    "StatusCheckRollupContext",
    "RequestedReviewer",
    "PullRequestTimelineItems",
    "IssueTimelineItems",
    "IssueOrPullRequest",
    "Assignee",
    "Closer",
    "ReferencedSubject",
    "RuleParameters",
]
ROOT_FIELDS = ["repository", "node", "nodes", "rateLimit", "viewer", "organization", "user", "relay"]
MUTATIONS = [
    "enablePullRequestAutoMerge",
    "enqueuePullRequest",
    "disablePullRequestAutoMerge",
    "convertPullRequestToDraft",
    "markPullRequestReadyForReview",
    "minimizeComment",
]

Definition = (
    ObjectTypeDefinitionNode
    | InterfaceTypeDefinitionNode
    | UnionTypeDefinitionNode
    | EnumTypeDefinitionNode
    | InputObjectTypeDefinitionNode
    | ScalarTypeDefinitionNode
)


def _name(node: TypeNode) -> str:
    while not isinstance(node, NamedTypeNode):
        node = node.type  # type: ignore[attr-defined]
    return node.name.value


def _bare(node: Any) -> Any:
    """Remove descriptions and directives recursively."""
    changes: dict[str, Any] = {"description": None, "directives": ()}
    for part in ("fields", "values", "arguments"):
        inner = getattr(node, part, None)
        if inner:
            changes[part] = tuple(_bare(each) for each in inner)
    return replace(node, **changes)


def reduced_sdl(sdl: str) -> str:
    found = {d.name.value: d for d in parse(sdl, no_location=True).definitions if isinstance(d, Definition)}
    wanted = {*OBJECTS, *INTERFACES, *UNIONS}
    for name in CONNECTIONS:
        wanted |= {f"{name}Connection", f"{name}Edge"}
    kept = {name for name in wanted if name in found}
    shown = {name: _cut(found[name], found, kept) for name in sorted(kept)}
    inputs: set[str] = set()
    for name in sorted(kept):
        _inputs(shown[name], found, kept, inputs)
    shown |= {name: found[name] for name in inputs}
    return print_ast(DocumentNode(definitions=tuple(_bare(shown[name]) for name in sorted(shown)))) + "\n"


def _cut(one: Any, found: dict[str, Definition], kept: set[str]) -> Any:
    """Remove fields, members and interfaces whose types were removed."""
    if isinstance(one, UnionTypeDefinitionNode):
        return replace(one, types=tuple(t for t in one.types or () if t.name.value in kept))
    if not isinstance(one, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
        return one
    only = {"Query": ROOT_FIELDS, "Mutation": MUTATIONS}.get(one.name.value)
    fields = tuple(
        field
        for field in one.fields or ()
        if (only is None or field.name.value in only)
        and (
            _name(field.type) in BUILT_IN | kept
            or isinstance(found.get(_name(field.type)), ScalarTypeDefinitionNode | EnumTypeDefinitionNode)
        )
    )
    interfaces = tuple(i for i in one.interfaces or () if i.name.value in kept)
    return replace(one, fields=fields, interfaces=interfaces)


def _inputs(one: Any, found: dict[str, Definition], kept: set[str], inputs: set[str]) -> None:
    """Collect the scalars, enumerations and input objects used by fields and arguments."""
    for field in getattr(one, "fields", None) or ():
        for named in (field, *(getattr(field, "arguments", None) or ())):
            name = _name(named.type)
            if name in found and name not in kept and name not in inputs:
                inputs.add(name)
                if isinstance(found[name], InputObjectTypeDefinitionNode):
                    _inputs(found[name], found, kept, inputs)
