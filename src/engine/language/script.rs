//! Rhai, fenced in; the only file that names it.
//!
//! One expression, no statements that loop, only the variables that the clause names, and limits on operations, sizes and depth. Together
//! they limit the time: there is no clock to stop by, since the same bundle must give the same diagnosis on a slow machine. There is no I/O
//! to reach: the engine starts without packages, and only arithmetic, logic and texts are registered.

use std::cmp::Ordering;

use rhai::packages::{ArithmeticPackage, BasicStringPackage, LogicPackage, Package};
use rhai::{AST, Dynamic, Engine, OptimizationLevel, Scope};

use super::value::{Scalar, version};
use crate::limits::{SCRIPT_DEPTH, SCRIPT_ELEMENTS, SCRIPT_OPERATIONS, SCRIPT_TEXT_BYTES};

/// An engine that runs nothing but short expressions.
pub struct Interpreter {
    engine: Engine,
}

/// An expression that has been read.
#[derive(Debug, Clone)]
pub struct Expression {
    ast: AST,
}

/// Why an expression gives no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// The text is no single expression, in the interpreter's words.
    #[error("{0}")]
    Unreadable(String),
    /// It breaks a limit, or does with its variables what does not make sense, in the interpreter's words.
    #[error("{0}")]
    Refused(String),
    /// It gives a value of this type, which is no truth value.
    #[error("the expression gives {0}, not true or false")]
    NotTruth(String),
}

impl Default for Interpreter {
    fn default() -> Self {
        let mut engine = Engine::new_raw();
        ArithmeticPackage::new().register_into_engine(&mut engine);
        LogicPackage::new().register_into_engine(&mut engine);
        BasicStringPackage::new().register_into_engine(&mut engine);
        engine.set_max_operations(SCRIPT_OPERATIONS);
        engine.set_max_string_size(SCRIPT_TEXT_BYTES);
        engine.set_max_array_size(SCRIPT_ELEMENTS);
        engine.set_max_map_size(SCRIPT_ELEMENTS);
        engine.set_max_expr_depths(SCRIPT_DEPTH);
        engine.set_max_variables(SCRIPT_ELEMENTS);
        engine.set_optimization_level(OptimizationLevel::None);
        // Otherwise the operators that refuse unlike types are never reached.
        engine.set_fast_operators(false);
        for symbol in ["eval", "print", "debug", "import", "export", "fn", "throw", "try", "global"] {
            engine.disable_symbol(symbol);
        }
        compare_texts(&mut engine);
        engine.register_fn("version_less", |left: &str, right: &str| -> Result<bool, Box<rhai::EvalAltResult>> {
            match (version(left), version(right)) {
                (Some(left), Some(right)) => Ok(left < right),
                _ => Err(format!("`{left}` or `{right}` is not a version").into()),
            }
        });
        refuse_unlike(&mut engine);
        Self { engine }
    }
}

/// Functions that an expression may call, beside operators: how each is written, and what it gives.
pub(crate) const FUNCTIONS: [(&str, &str); 1] =
    [("version_less(left, right)", "whether one protocol version comes before another; an error if one of them is not a version")];

/// Texts compare as they do in other clauses: field elements as numbers, versions part by part, times; others have no order.
fn compare_texts(engine: &mut Engine) {
    type Failure = Box<rhai::EvalAltResult>;
    type Reads = fn(Ordering) -> bool;
    let orders: [(&str, Reads); 4] = [("<", Ordering::is_lt), ("<=", Ordering::is_le), (">", Ordering::is_gt), (">=", Ordering::is_ge)];
    let text = |it: &str| Scalar::Text(it.to_owned());
    for (operator, reads) in orders {
        engine.register_fn(operator, move |left: &str, right: &str| -> Result<bool, Failure> {
            text(left).order(&text(right)).map(reads).map_err(|err| err.to_string().into())
        });
    }
    for (operator, wanted) in [("==", true), ("!=", false)] {
        engine.register_fn(operator, move |left: &str, right: &str| -> Result<bool, Failure> {
            text(left).same(&text(right)).map(|it| it == wanted).map_err(|err| err.to_string().into())
        });
    }
}

/// Rhai answers `false` for a comparison of unlike types; a rule that compares them must fail instead of never firing.
fn refuse_unlike(engine: &mut Engine) {
    type Failure = Box<rhai::EvalAltResult>;
    fn refuse(operator: &str, left: &str, right: &str) -> Failure {
        format!("`{operator}` compares {left} with {right}").into()
    }
    for operator in ["==", "!=", "<", "<=", ">", ">="] {
        engine.register_fn(operator, move |_: i64, _: &str| -> Result<bool, Failure> { Err(refuse(operator, "an integer", "a text")) });
        engine.register_fn(operator, move |_: &str, _: i64| -> Result<bool, Failure> { Err(refuse(operator, "a text", "an integer")) });
        engine.register_fn(operator, move |_: bool, _: &str| -> Result<bool, Failure> { Err(refuse(operator, "a boolean", "a text")) });
        engine.register_fn(operator, move |_: &str, _: bool| -> Result<bool, Failure> { Err(refuse(operator, "a text", "a boolean")) });
        engine.register_fn(operator, move |_: bool, _: i64| -> Result<bool, Failure> { Err(refuse(operator, "a boolean", "an integer")) });
        engine.register_fn(operator, move |_: i64, _: bool| -> Result<bool, Failure> { Err(refuse(operator, "an integer", "a boolean")) });
    }
}

impl Interpreter {
    /// Reads one expression.
    ///
    /// # Errors
    /// When the text is no single expression.
    pub(crate) fn compile(&self, text: &str) -> Result<Expression, ScriptError> {
        self.engine.compile_expression(text).map(|ast| Expression { ast }).map_err(|err| ScriptError::Unreadable(err.to_string()))
    }

    /// Runs an expression on exactly these variables.
    ///
    /// # Errors
    /// When it breaks a limit, compares unlike types, or is no truth value.
    pub(crate) fn run(&self, expression: &Expression, variables: &[(String, Scalar)]) -> Result<bool, ScriptError> {
        let mut scope = Scope::new();
        for (name, value) in variables {
            let value: Dynamic = match value {
                Scalar::Bool(it) => (*it).into(),
                Scalar::Integer(it) => (*it).into(),
                Scalar::Text(it) => it.clone().into(),
            };
            scope.push_dynamic(name.as_str(), value);
        }
        let result = self.engine.eval_ast_with_scope::<Dynamic>(&mut scope, &expression.ast);
        let result = result.map_err(|err| ScriptError::Refused(err.to_string()))?;
        result.as_bool().map_err(|kind| ScriptError::NotTruth(kind.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str, variables: &[(&str, Scalar)]) -> Result<bool, ScriptError> {
        let interpreter = Interpreter::default();
        let expression = interpreter.compile(text)?;
        let variables: Vec<_> = variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        interpreter.run(&expression, &variables)
    }

    #[test]
    fn an_expression_sees_its_variables_and_nothing_else() {
        assert_eq!(run("a + 1 > b", &[("a", Scalar::Integer(2)), ("b", Scalar::Integer(2))]), Ok(true));
        assert_eq!(run("version_less(v, \"0.14.3\")", &[("v", Scalar::Text("0.14.2".to_owned()))]), Ok(true));
        assert!(run("c > 1", &[]).is_err());
        let texts = |left: &str, right: &str| [("l", Scalar::Text(left.to_owned())), ("r", Scalar::Text(right.to_owned()))];
        assert_eq!(run("l < r", &texts("0x9", "0x10")), Ok(true), "field elements are numbers");
        assert_eq!(run("l == r", &texts("0x0a", "0xA")), Ok(true));
        assert_eq!(run("l >= r", &texts("0.14.10", "0.14.9")), Ok(true));
        assert_eq!(run("l > r", &texts("2026-01-02T03:04:06Z", "2026-01-02T03:04:05Z")), Ok(true));
        assert!(run("l < r", &texts("b", "a")).is_err(), "words have no order");
    }

    #[test]
    fn what_could_loop_grow_or_look_outside_is_refused() {
        let cases = [
            "loop {}",
            "while true {}",
            "let x = 1; x > 0",
            "eval(\"true\")",
            "sleep(1)",
            "timestamp() > 0",
            "import \"x\" as y; true",
            "{ let s = \"aaaaaaaaaaaaaaaa\"; s += s; s += s; s += s; s += s; s += s; s += s; s += s; s += s; s += s; s += s; s += s; s += s; s += s; true }",
            "1",
        ];
        for text in cases {
            assert!(run(text, &[]).is_err(), "{text} ran");
        }
        assert_eq!(run("1", &[]), Err(ScriptError::NotTruth("i64".to_owned())));
        let deep = format!("{}true{}", "(".repeat(5_000), ")".repeat(5_000));
        assert!(run(&deep, &[]).is_err());
    }

    #[test]
    fn a_comparison_of_unlike_types_is_an_error() {
        for text in ["1 == \"1\"", "\"1\" > 1", "true == 1", "1 != \"1\"", "\"a\" == true"] {
            let err = run(text, &[]).expect_err(text);
            assert!(matches!(&err, ScriptError::Refused(why) if why.contains("compares")), "{text}: {err}");
        }
    }
}
