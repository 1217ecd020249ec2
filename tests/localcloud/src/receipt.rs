//! What is noted once the client has its answer. It travels with the answer.

use std::sync::Arc;

use crate::reply::Reply;

#[derive(Clone)]
struct Receipt(Arc<dyn Fn() + Send + Sync>);

pub(crate) fn attach(reply: &mut Reply, sign: impl Fn() + Send + Sync + 'static) {
    reply.extensions_mut().insert(Receipt(Arc::new(sign)));
}

/// The answer will not be believed, or not arrive.
pub(crate) fn tear(reply: &mut Reply) {
    reply.extensions_mut().remove::<Receipt>();
}

/// The answer is on its way to a client that is still there.
pub(crate) fn sign(reply: &mut Reply) {
    if let Some(Receipt(sign)) = reply.extensions_mut().remove::<Receipt>() {
        sign();
    }
}
