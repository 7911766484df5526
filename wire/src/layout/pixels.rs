//! [`Pixels`] as they are read: the keys of all models in one object, of which each model has some and no other.
//!
//! Read so and not by serde's `tag`, which brings a reader of its own for all that is in them.

use super::{ByteOrder, Component, Family, Pixels};
use serde::Deserialize;
use thiserror::Error;

/// The object as it travels.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    model: Model,
    family: Option<Family>,
    byte_order: Option<ByteOrder>,
    components: Option<Vec<Component>>,
    name: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Model {
    Components,
    Named,
}

/// The keys are not those of the model.
#[derive(Debug, Error)]
pub(super) enum WrittenError {
    #[error("missing field: `components` has family, byte_order and components")]
    Components,
    #[error("missing field: `named` has name")]
    Named,
    #[error("unknown field: the model has no such key")]
    Unknown,
}

impl TryFrom<Written> for Pixels {
    type Error = WrittenError;

    fn try_from(written: Written) -> Result<Self, WrittenError> {
        let Written { model, family, byte_order, components, name } = written;
        match (model, family, byte_order, components, name) {
            (Model::Components, Some(family), Some(byte_order), Some(components), None) => {
                Ok(Self::Components { family, byte_order, components })
            }
            (Model::Named, None, None, None, Some(name)) => Ok(Self::Named { name }),
            (Model::Components, _, _, _, None) => Err(WrittenError::Components),
            (Model::Named, None, None, None, None) => Err(WrittenError::Named),
            _ => Err(WrittenError::Unknown),
        }
    }
}
