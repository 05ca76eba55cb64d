//! Rhai, fenced in; the only file that names it.
//!
//! One expression, no statements that loop, only the variables that the clause names, and limits on operations, sizes and depth. Together
//! they limit the time: there is no clock to stop by, since the same bundle must give the same diagnosis on a slow machine. There is no I/O
//! to reach: the engine starts without packages, and only arithmetic, logic and texts are registered.

use std::cmp::Ordering;
use std::fmt;
use std::sync::OnceLock;

use rhai::packages::{ArithmeticPackage, BasicStringPackage, LogicPackage, Package};
use rhai::{AST, Dynamic, Engine, EvalAltResult, OptimizationLevel, ParseErrorType, Scope};

use super::path::suggestion;
use super::value::{Scalar, version};
use crate::limits::{SCRIPT_DEPTH, SCRIPT_ELEMENTS, SCRIPT_OPERATIONS, SCRIPT_TEXT_BYTES};

/// An engine that runs nothing but short expressions, made when the first is read.
#[derive(Default)]
pub struct Interpreter {
    engine: OnceLock<Engine>,
}

/// An expression that has been read, or one of this build, which is read when it is run for the first time.
#[derive(Clone)]
pub struct Expression {
    text: String,
    variables: Vec<String>,
    read: OnceLock<Result<AST, ScriptError>>,
}

impl Expression {
    /// An expression of this build on these variables.
    pub(super) fn of_build(text: &str, variables: &[&str]) -> Self {
        let variables = variables.iter().map(|it| (*it).to_owned()).collect();
        Self { text: text.to_owned(), variables, read: OnceLock::new() }
    }
}

/// Why an expression gives no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// The text is no single expression, in the interpreter's words.
    #[error("{0}")]
    Unreadable(String),
    /// It names something that is neither a variable of its clause nor a function.
    #[error("nothing is called `{0}`")]
    UnknownName(String),
    /// It compares or combines what does not go together, in words.
    #[error("{0}")]
    Unlike(String),
    /// It breaks a limit, or does with its variables what does not make sense, in the interpreter's words.
    #[error("{0}")]
    Refused(String),
    /// It gives a value of this type, which is no truth value.
    #[error("the expression gives {0}, not true or false")]
    NotTruth(String),
}

impl ScriptError {
    /// What to write instead, where the clause has these variables.
    pub(super) fn way_out(&self, variables: &[&str]) -> Option<String> {
        match self {
            Self::UnknownName(name) => {
                let functions = FUNCTIONS.iter().filter_map(|(it, _)| it.split('(').next());
                let known: Vec<String> = variables.iter().copied().chain(functions).map(str::to_owned).collect();
                let near = suggestion(name, &known).filter(|it| it.starts_with("did you mean"));
                near.or_else(|| Some(format!("define it under `uses`: {name}: <path, item.<field> or <log clause>.<capture>>")))
            }
            Self::Unlike(_) => Some("numbers are compared with numbers, texts with texts; a text stands in double quotes".to_owned()),
            Self::NotTruth(_) => Some("write a comparison, such as `left == right`".to_owned()),
            Self::Unreadable(_) | Self::Refused(_) => Some("one expression, without statements".to_owned()),
        }
    }
}

// Whether it was read by now is no part of what it is.
impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.text).field(&self.variables).finish()
    }
}

fn engine() -> Engine {
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
    // A name that is no variable of its clause is found where the rule is read.
    engine.set_strict_variables(true);
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
    engine
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
    pub(crate) fn compile(&self, text: &str, variables: &[&str]) -> Result<Expression, ScriptError> {
        let expression = Expression::of_build(text, variables);
        self.read(&expression)?;
        Ok(expression)
    }

    fn read<'e>(&self, expression: &'e Expression) -> Result<&'e AST, ScriptError> {
        let read = || {
            let mut scope = Scope::new();
            for name in &expression.variables {
                scope.push_dynamic(name.as_str(), Dynamic::UNIT);
            }
            let read = self.engine.get_or_init(engine).compile_expression_with_scope(&scope, &expression.text);
            read.map_err(|err| match err.err_type() {
                ParseErrorType::VariableUndefined(name) => ScriptError::UnknownName(name.clone()),
                _ => ScriptError::Unreadable(err.to_string()),
            })
        };
        expression.read.get_or_init(read).as_ref().map_err(Clone::clone)
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
        let ast = self.read(expression)?;
        let result = self.engine.get_or_init(engine).eval_ast_with_scope::<Dynamic>(&mut scope, ast);
        let result = result.map_err(|err| refused(&err))?;
        result.as_bool().map_err(|kind| ScriptError::NotTruth(type_name(kind).to_owned()))
    }
}

/// Why the interpreter gave no answer, in words that name no type of its own.
fn refused(err: &EvalAltResult) -> ScriptError {
    match err.unwrap_inner() {
        EvalAltResult::ErrorVariableNotFound(name, _) => ScriptError::UnknownName(name.clone()),
        EvalAltResult::ErrorFunctionNotFound(call, _) => {
            let (name, types) = call.split_once('(').unwrap_or((call, ""));
            let (name, types) = (name.trim(), types.trim_end_matches(')').split(", ").map(type_name).collect::<Vec<_>>());
            if name.starts_with(|it: char| it.is_alphabetic() || it == '_')
                && FUNCTIONS.iter().all(|(it, _)| it.split('(').next() != Some(name))
            {
                ScriptError::UnknownName(name.to_owned())
            } else {
                ScriptError::Unlike(format!("`{name}` does not take {}", types.join(" and ")))
            }
        }
        EvalAltResult::ErrorRuntime(words, _) if words.to_string().contains("` compares ") => ScriptError::Unlike(words.to_string()),
        EvalAltResult::ErrorRuntime(words, _) => ScriptError::Refused(words.to_string()),
        _ => ScriptError::Refused(err.to_string()),
    }
}

/// A type of the interpreter, in words.
fn type_name(kind: &str) -> &str {
    match kind.trim() {
        "i64" => "an integer",
        "bool" => "a boolean",
        "char" => "a character",
        "f64" => "a number that is not whole",
        "()" => "nothing",
        it if it.contains("tring") || it.contains("str") => "a text",
        it if it.contains("::") => "a value of another kind",
        it => it,
    }
}

/// Runs an expression on what its variables can be, and tells what no value of these types mends: a name that nothing has, a comparison of
/// unlike types, an answer that is no truth value. What only some values cannot do is left to them.
///
/// # Errors
/// When there is such a mistake.
pub(super) fn tried(interpreter: &Interpreter, expression: &Expression, samples: &[(String, Vec<Scalar>)]) -> Result<(), ScriptError> {
    const MOST: usize = 256;
    let all = samples.iter().map(|(_, it)| it.len().max(1)).fold(1_usize, usize::saturating_mul);
    for number in 0..all.min(MOST) {
        let mut rest = number;
        let mut pick = |(name, values): &(String, Vec<Scalar>)| {
            let among = values.len().max(1);
            let at = rest.checked_rem(among)?;
            rest = rest.checked_div(among)?;
            values.get(at).map(|it| (name.clone(), it.clone()))
        };
        let variables: Vec<(String, Scalar)> = samples.iter().filter_map(&mut pick).collect();
        if let Err(mistake @ (ScriptError::UnknownName(_) | ScriptError::Unlike(_) | ScriptError::NotTruth(_))) =
            interpreter.run(expression, &variables)
        {
            return Err(mistake);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str, variables: &[(&str, Scalar)]) -> Result<bool, ScriptError> {
        let interpreter = Interpreter::default();
        let names: Vec<&str> = variables.iter().map(|(name, _)| *name).collect();
        let expression = interpreter.compile(text, &names)?;
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
        assert_eq!(run("1", &[]), Err(ScriptError::NotTruth("an integer".to_owned())));
        let deep = format!("{}true{}", "(".repeat(5_000), ")".repeat(5_000));
        assert!(run(&deep, &[]).is_err());
    }

    #[test]
    fn a_comparison_of_unlike_types_is_an_error() {
        for text in ["1 == \"1\"", "\"1\" > 1", "true == 1", "1 != \"1\"", "\"a\" == true"] {
            let err = run(text, &[]).expect_err(text);
            assert!(matches!(&err, ScriptError::Unlike(why) if why.contains("compares")), "{text}: {err}");
        }
    }
}
