//! What differs between Echonet's payloads and mainnet's by construction: it says nothing of an incident, and is never marked.

/// A field that differs by construction, by its path in a block, a transaction or a receipt.
struct ConstructedField {
    /// The end of the path, below which everything is meant.
    path: &'static str,
    when: When,
}

/// When a difference of a field is one by construction.
#[derive(Clone, Copy)]
enum When {
    /// Always.
    Always,
    /// Where Echonet has none: it never has one.
    EchonetHasNone,
}

const FIELDS: [ConstructedField; 7] = [
    // Mainnet's proposer states it; a replay has none.
    ConstructedField { path: "fee_proposal_fri", when: When::EchonetHasNone },
    ConstructedField { path: "proof_facts", when: When::EchonetHasNone },
    ConstructedField { path: "l1_to_l2_consumed_message", when: When::EchonetHasNone },
    // What execution cost depends on the backend, and no hash covers it.
    ConstructedField { path: "execution_resources.n_steps", when: When::Always },
    ConstructedField { path: "execution_resources.n_memory_holes", when: When::Always },
    ConstructedField { path: "execution_resources.builtin_instance_counter", when: When::Always },
    // The place in the block is shown beside the transaction. It moves wherever one before it is missing.
    ConstructedField { path: "transaction_index", when: When::Always },
];

/// Whether the values of a field, by its path, may differ by construction.
pub(super) fn is_one(path: &str, ours: Option<&String>) -> bool {
    FIELDS.iter().any(|field| {
        let is_it = path.match_indices(field.path).any(|(at, _)| {
            let (before, rest) = path.split_at_checked(at).unwrap_or_default();
            let after = rest.strip_prefix(field.path).unwrap_or_default();
            (before.is_empty() || before.ends_with('.')) && (after.is_empty() || after.starts_with('.'))
        });
        is_it
            && match field.when {
                When::Always => true,
                When::EchonetHasNone => ours.is_none(),
            }
    })
}
