//! The words of the second version: closed lists, apart from the types that the program works with.

use schemars::JsonSchema;
use serde::Serialize;

use crate::evidence::BlockSide;
use crate::findings::{
    Beginning, CaseKind, Category, CauseCertainty, ClaimExtent, ConditionPart, Contradiction, DivergenceRole, Equality, Explains,
    FixComponent, FixRole, FixSignal, Joined, LinePlace, Relevance, RemediationKind, RemediationSafety, RuleOutcome, Scope, SeenExtent,
    Severity, Standing, Ternary, Tone, Verdict,
};

/// A closed list of words that mirrors a type of the diagnosis, so that renaming one there cannot change what is written.
macro_rules! words {
    ($(#[$doc:meta])* $wire:ident mirrors $domain:ident as $case:literal { $($(#[$of:meta])* $word:ident,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
        #[serde(rename_all = $case)]
        pub enum $wire {
            $($(#[$of])* $word,)+
        }

        impl From<$domain> for $wire {
            fn from(value: $domain) -> Self {
                match value {
                    $($domain::$word => Self::$word,)+
                }
            }
        }
    };
}

words! {
    /// The answer of the whole, or of one episode.
    V2Verdict mirrors Verdict as "snake_case" {
        /// Findings claim every cause.
        Explained,
        /// Findings claim some causes, not all.
        PartlyExplained,
        /// No known pattern explains any cause, and the evidence suffices to say so.
        Novel,
        /// The evidence does not suffice.
        Inconclusive,
        /// Nothing diverged: `grounds` says what this rests on.
        NoDivergence,
        /// A known pattern matched although an effective fix of it is deployed, for certain: the rule or the fix is wrong.
        Contradicted,
    }
}

words! {
    /// The kind of a case.
    V2CaseKind mirrors CaseKind as "snake_case" {
        /// Echonet resynced.
        Resync,
        /// Something differs, and Echonet did not resync.
        Divergence,
        /// Progress stopped, and Echonet did not resync.
        Stall,
        /// The epoch runs, and neither a difference nor a stop of it was seen.
        Running,
    }
}

words! {
    /// Whether a log holds the beginning of the epoch that it ends in.
    V2Beginning mirrors Beginning as "snake_case" {
        /// It does.
        Held,
        /// It does, and lines are missing after it: a resync there would not show.
        Broken,
        /// It begins in the middle of the epoch: a resync before its first line would not show.
        Missing,
    }
}

words! {
    /// Whether an undecided rule matters.
    V2Relevance mirrors Relevance as "snake_case" {
        /// It could explain something that is unexplained.
        CouldExplain,
        /// It could not.
        Other,
    }
}

words! {
    /// What kind of failure a rule describes.
    V2Category mirrors Category as "kebab-case" {
        /// The node executes or renders differently.
        SequencerBug,
        /// Echonet feeds, transforms or compares wrongly.
        EchonetBug,
        /// A service that Echonet depends on failed.
        ExternalService,
        /// Configuration makes it so.
        Configuration,
        /// The platform failed.
        Infrastructure,
        /// It follows from something else.
        Consequence,
        /// The investigation itself would go wrong.
        InvestigationTrap,
    }
}

words! {
    /// Severity of a finding.
    V2Severity mirrors Severity as "kebab-case" {
        /// Execution or state differs.
        High,
        /// A transaction is lost, moved or refused.
        Medium,
        /// Only texts or bookkeeping differ.
        Low,
    }
}

words! {
    /// How sure the cause of a finding is.
    V2CauseCertainty mirrors CauseCertainty as "kebab-case" {
        /// Every clause is true on complete evidence.
        Established,
        /// A corroborating clause is false or unknown, evidence is missing, or arithmetic contradicts the claims.
        Suspected,
    }
}

words! {
    /// Whether the claimed difference is the whole difference, by arithmetic. It says nothing of why that difference came about.
    V2Extent mirrors ClaimExtent as "kebab-case" {
        /// Undoing only what is claimed reproduces mainnet's commitments.
        Proved,
        /// Commitments were recomputed, and not all of them became mainnet's.
        Partial,
        /// Nothing could be recomputed.
        NotRecomputed,
    }
}

words! {
    /// Whether a finding explains causes or what follows from them.
    V2Scope mirrors Scope as "kebab-case" {
        /// It claims at least one cause.
        RootCause,
        /// It claims consequences only.
        Consequence,
    }
}

words! {
    /// What a finding knows of its claims.
    V2Explains mirrors Explains as "kebab-case" {
        /// The rule explains the cause of the differences.
        Cause,
        /// What kind of difference they are; they stay unexplained.
        Class,
        /// Nothing: it is worth knowing beside the diagnosis and claims nothing.
        Nothing,
    }
}

words! {
    /// Whether a divergence can be a cause.
    V2Role mirrors DivergenceRole as "snake_case" {
        /// Somebody must explain it.
        Cause,
        /// It follows from others.
        Consequence,
        /// It is in no hash.
        Informational,
    }
}

words! {
    /// A value that may be unknown.
    V2Truth mirrors Ternary as "snake_case" {
        /// The value is true.
        True,
        /// It does not hold.
        False,
        /// The evidence does not tell.
        Unknown,
    }
}

words! {
    /// What deploying a fix does for a pattern.
    V2FixRole mirrors FixRole as "snake_case" {
        /// The pattern can no longer happen.
        Cure,
        /// It happens less often, or only one of its causes is gone.
        Mitigation,
        /// Another fix needs it; alone it does not end the pattern.
        Prerequisite,
    }
}

words! {
    /// Whether a fix is in all that is deployed, and takes effect for the diverging block there.
    V2Standing mirrors Standing as "snake_case" {
        /// Contained and effective.
        Effective,
        /// Contained, and without effect for this block.
        NotEffective,
        /// Contained; whether it takes effect cannot be told.
        EffectUnknown,
        /// Not contained, at least not everywhere.
        NotContained,
        /// Whether it is contained cannot be told.
        Unknown,
    }
}

words! {
    /// The program that carries a fix.
    V2Component mirrors FixComponent as "snake_case" {
        /// Echonet's Python, deployed through a ConfigMap.
        Echonet,
        /// The node's image.
        Sequencer,
    }
}

words! {
    /// Whether a step changes anything.
    V2Safety mirrors RemediationSafety as "kebab-case" {
        /// The step only reads.
        ReadOnly,
        /// It changes a deployment or code: a person must approve.
        NeedsApproval,
    }
}

words! {
    /// Kind of a recommended action.
    V2RemediationKind mirrors RemediationKind as "kebab-case" {
        /// It deploys one of the finding's fixes.
        DeployFix,
        /// It looks whether the block of the trigger matched when it was replayed.
        SeeReplay,
        /// Anything else.
        Other,
    }
}

words! {
    /// How much of a piece of evidence was seen.
    V2SeenExtent mirrors SeenExtent as "snake_case" {
        /// All of it.
        Whole,
        /// A part.
        Part,
        /// Nothing was seen.
        Nothing,
    }
}

words! {
    /// How an event is to be taken.
    V2Tone mirrors Tone as "snake_case" {
        /// As expected.
        Good,
        /// Neither good nor bad.
        Plain,
        /// Worth a look.
        Doubt,
        /// A failure.
        Bad,
    }
}

words! {
    /// Whether two things are equal.
    V2Equality mirrors Equality as "snake_case" {
        /// The lines are equal.
        Equal,
        /// They are not, or one is missing.
        Different,
    }
}

words! {
    /// What came out of a rule.
    V2RuleOutcome mirrors RuleOutcome as "snake_case" {
        /// It holds and is a finding.
        Holds,
        /// Its clauses hold, but it is no finding: another rule takes its place, it claims nothing, or its proof did not close.
        Dropped,
        /// The evidence does not tell.
        Open,
        /// It does not hold.
        Missed,
    }
}

words! {
    /// The purpose of a condition.
    V2ConditionPart mirrors ConditionPart as "snake_case" {
        /// The rule holds only when this does.
        When,
        /// The rule does not hold when this does.
        Unless,
        /// If this does not hold, the rule is only suspected.
        Corroborate,
    }
}

words! {
    /// How a condition joins its clauses.
    V2Joined mirrors Joined as "snake_case" {
        /// All must hold.
        All,
        /// At least one clause must hold.
        Any,
        /// No clause may hold.
        NoneOf,
    }
}

words! {
    /// Whether a line decided a clause.
    V2LinePlace mirrors LinePlace as "snake_case" {
        /// The line matched the clause.
        Hit,
        /// It stands around the one that did.
        Around,
    }
}

/// Side that a payload belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum V2PayloadSide {
    /// Echonet's.
    Echonet,
    /// Mainnet's.
    Mainnet,
}

impl From<BlockSide> for V2PayloadSide {
    fn from(value: BlockSide) -> Self {
        match value {
            BlockSide::Ours => Self::Echonet,
            BlockSide::Theirs => Self::Mainnet,
        }
    }
}

words! {
    /// How a change was found in a history, surest first.
    V2Sign mirrors FixSignal as "snake_case" {
        /// Its commit is an ancestor: certain.
        Commit,
        /// A commit with the same patch is: certain.
        SamePatch,
        /// A commit is that says it was cherry-picked from it.
        CherryPick,
        /// A commit is that carries its pull request in its subject.
        PullRequest,
        /// A commit is that lands it again after a revert.
        LandedAgain,
        /// A line that the rule names stands in the deployed files, or does not.
        Content,
        /// The deployed files hold the lines that it adds, and not those that it takes out.
        Lines,
    }
}

words! {
    /// How sure it is that a finding contradicts a fix.
    V2Contradiction mirrors Contradiction as "snake_case" {
        /// Everything that is deployed contains the fix's commit or its patch: the rule or the fix is wrong.
        Certain,
        /// A sign of the fix is only likely.
        Likely,
    }
}
