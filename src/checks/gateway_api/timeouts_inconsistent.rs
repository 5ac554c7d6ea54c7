//! `timeouts-inconsistent`: the words are in rules/timeouts-inconsistent.md.
use super::prelude::*;
use crate::mesh::Duration;

pub(in crate::checks) struct TimeoutsInconsistent;

impl Rule for TimeoutsInconsistent {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.http_rules() {
            let Some(timeouts) = &found.rule.timeouts else { continue };
            let Some(request) = &timeouts.request else { continue };
            let Some(whole) = Duration::read(request).filter(|d| d.0 > 0) else { continue };
            let who = &found.route.object.id;
            let backend = timeouts.backend_request.as_ref().and_then(|written| Some((written, Duration::read(written)?)));
            if let Some((written, each)) = backend
                && each > whole
            {
                out.finding(written)
                    .about(found.route.object)
                    .say(format!("a rule of {who} gives a backend {written} of a request that may take {request}"))
                    .label("longer than the whole request")
                    .also(request, "the limit of the whole request")
                    .note("the API server refuses the route")
                    .help("make `backendRequest` at most as long as `request`");
                continue;
            }
            let Some(retry) = &found.rule.retry else { continue };
            let (Some(attempts), Some(backoff)) = (&retry.attempts, &retry.backoff) else { continue };
            let waits = Duration::read(backoff).and_then(|wait| wait.0.checked_mul(u64::try_from(**attempts).ok()?));
            if waits.is_some_and(|waits| waits >= whole.0) {
                out.finding(backoff)
                    .about(found.route.object)
                    .otherwise()
                    .say(format!("a rule of {who} waits {attempts} times {backoff} between tries of a request that may take {request}"))
                    .label("no time is left for the tries")
                    .also(request, "the limit of the whole request")
                    .note("the request ends at its limit before the last tries are made")
                    .help("wait less, try less often, or give the request more time");
            }
        }
    }
}
