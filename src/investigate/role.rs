//! The least that a cluster must grant.

use super::Error;
use crate::collect::live::question::is_name;
use crate::collect::live::rbac;
use crate::evidence::source::is_source_config_map;

/// Why no role can be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoleError {
    /// The namespace cannot exist.
    #[error("`{0}` is no name of a namespace")]
    Namespace(String),
    /// The ConfigMap holds something else.
    #[error("`{0}` is no ConfigMap of Echonet's source: those begin with `echonet-src-`")]
    ConfigMap(String),
}

/// The Role with the least that a collection needs, as YAML. `source` is the ConfigMap with Echonet's source, to be read too.
///
/// # Errors
/// When the namespace cannot exist, or the ConfigMap is none of Echonet's source.
pub fn role(namespace: &str, source: Option<&str>) -> Result<String, Error> {
    if !is_name(namespace) {
        return Err(RoleError::Namespace(namespace.to_owned()).into());
    }
    if let Some(name) = source.filter(|it| !is_source_config_map(it)) {
        return Err(RoleError::ConfigMap(name.to_owned()).into());
    }
    Ok(rbac::role(namespace, source))
}
