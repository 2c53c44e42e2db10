"""GraphQL by graphql-core with GitHub's (reduced) schema; views resolve its fields from the state."""
