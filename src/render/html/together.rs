//! What findings prove, and dispute, together.

use maud::{Markup, html};

use super::{Page, left_out};
use crate::findings::{JointProof, Rival, Rivalry};
use crate::render::phrases;

impl Page<'_> {
    pub(super) fn joint_proofs(&self) -> Markup {
        let (shown, left) = self.values.items(&self.outline.diagnosis.joint_proofs);
        html! {
            @if !shown.is_empty() {
                section #together aria-labelledby="together-title" {
                    h2 #together-title { (phrases::JOINT_PROOFS) }
                    @for joint in shown { (self.joint_proof(joint)) }
                    (left_out(left, "proofs"))
                }
            }
        }
    }

    fn joint_proof(&self, joint: &JointProof) -> Markup {
        html! {
            article {
                h3 { (self.codes(&joint.rules, " and ")) }
                (self.proof(&joint.proof))
            }
        }
    }

    pub(super) fn rivalries(&self) -> Markup {
        let (shown, left) = self.values.items(&self.outline.diagnosis.rivalries);
        html! {
            @if !shown.is_empty() {
                section #rivals aria-labelledby="rivals-title" {
                    h2 #rivals-title { (phrases::RIVALRIES) }
                    @for rivalry in shown { (self.rivalry(rivalry)) }
                    (left_out(left, "pairs"))
                }
            }
        }
    }

    fn rivalry(&self, rivalry: &Rivalry) -> Markup {
        let [one, other] = &rivalry.rivals;
        html! {
            article {
                h3 { code { (self.words.text(&one.rule)) } " and " code { (self.words.text(&other.rule)) } }
                p { "Both claim " (self.codes(&rivalry.items, ", ")) "." }
                @for rival in &rivalry.rivals { (self.rival(rival)) }
            }
        }
    }

    fn rival(&self, rival: &Rival) -> Markup {
        let (shown, left) = self.values.items(&rival.rests_on);
        html! {
            p {
                "Only " code { (self.words.text(&rival.rule)) } " rests on: "
                @if shown.is_empty() { (phrases::NO_GROUND) }
            }
            @if !shown.is_empty() {
                ul {
                    @for ground in shown { li { code { (self.values.text(&ground.clause)) } " (" (self.prose(&ground.because)) ")" } }
                }
                (left_out(left, "clauses"))
            }
        }
    }

    /// Names, each as code.
    fn codes(&self, names: &[String], between: &str) -> Markup {
        let (shown, left) = self.values.items(names);
        html! {
            @for (place, name) in shown.iter().enumerate() {
                @if 0 < place { (between) }
                code { (self.words.text(name)) }
            }
            @if 0 < left { " … (" (left) " more)" }
        }
    }
}
