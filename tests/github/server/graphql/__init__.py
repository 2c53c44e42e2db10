"""GraphQL by graphql-core over GitHub's own (reduced) schema; the views resolve its fields from the state."""
