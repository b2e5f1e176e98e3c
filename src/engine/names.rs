//! Topic names as shared text, so that staging a record allocates none.

use super::topics::Topics;
use crate::domain::Text;
use std::collections::HashMap;
use std::sync::Arc;

#[derive(Clone)]
pub struct Names {
    pub topics: Topics,
    pub inputs: Arc<str>,
    pub accounts: Arc<str>,
    pub dead_letters: Arc<str>,
    routes: HashMap<Text, Arc<str>>,
}

impl Names {
    pub fn new(topics: Topics) -> Names {
        Names {
            inputs: topics.inputs.as_str().into(),
            accounts: topics.accounts.as_str().into(),
            dead_letters: topics.dead_letters.as_str().into(),
            routes: HashMap::new(),
            topics,
        }
    }

    pub fn route(&mut self, route: &Text) -> Arc<str> {
        if let Some(known) = self.routes.get(route) {
            return known.clone();
        }
        let name: Arc<str> = self.topics.route(route).into();
        self.routes.insert(route.clone(), name.clone());
        name
    }
}
