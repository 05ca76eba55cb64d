//! Joint proofs and rival findings.

use maud::{Markup, PreEscaped, html};

use super::{HtmlPage, left_out};
use crate::findings::{JointProof, Rival, Rivalry};
use crate::render::phrases;

impl HtmlPage<'_> {
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
                h3 { (self.codes(&joint.rules, " and ")) (self.outline.of_episode(joint.episode)) }
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
        let [one, other] = rivalry.rivals.each_ref().map(|it| self.name(&it.rule));
        let items = html! { (self.codes(&rivalry.items, ", ")) (self.outline.of_episode(rivalry.episode)) }.into_string();
        html! {
            article {
                // The parts are markup that is escaped already.
                h3 { (PreEscaped(phrases::both_claim([&one, &other], &items))) }
                @for rival in &rivalry.rivals { (self.rival(rival)) }
            }
        }
    }

    fn rival(&self, rival: &Rival) -> Markup {
        let (shown, left) = self.values.items(&rival.rests_on);
        let none = if shown.is_empty() { phrases::NO_GROUND } else { "" };
        html! {
            p { (PreEscaped(phrases::only_rests_on(&self.name(&rival.rule), none))) }
            @if !shown.is_empty() {
                ul {
                    @for ground in shown { li { code { (self.values.text(&ground.clause)) } " (" (self.prose(&ground.because)) ")" } }
                }
                (left_out(left, "clauses"))
            }
        }
    }

    /// A rule's name as code, as markup.
    fn name(&self, rule: &str) -> String {
        html! { code { (self.words.text(rule)) } }.into_string()
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
