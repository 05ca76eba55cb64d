//! The minimal permissions that a cluster must grant.

use super::error::{Error, RoleError};
use crate::collect::live::rbac;
use crate::evidence::source::is_source_config_map;
use crate::evidence::sources::by_hand::is_label;

/// The Role with the least that a collection needs, as YAML. `source` is the ConfigMap with Echonet's source, to be read too.
///
/// # Errors
/// When the namespace cannot exist, or the ConfigMap is none of Echonet's source.
pub fn role(namespace: &str, source: Option<&str>) -> Result<String, Error> {
    if !is_label(namespace) {
        return Err(RoleError::Namespace(namespace.to_owned()).into());
    }
    if let Some(name) = source.filter(|it| !is_source_config_map(it)) {
        return Err(RoleError::ConfigMap(name.to_owned()).into());
    }
    Ok(rbac::role(namespace, source))
}
