//! What a token must say to be believed (`sealwax.jose.claims.Policy.check`, in its order).

use crate::json::{Observer, Seen};
use crate::refusal::Reason;

/// The last second of the year 9999.
pub const LATEST_NUMERIC_DATE: i64 = 253_402_300_799;
pub const MAX_AUDIENCES: usize = 100;
/// One bit each for the claims that are required.
pub const MAX_REQUIRED_CLAIMS: usize = 64;

/// Checked and normalised by `sealwax.jose.claims.Policy`.
#[derive(Clone, Debug)]
pub struct Policy {
    pub issuer: String,
    pub audiences: Vec<String>,
    /// In lower case and without `application/`; None lets a token without `typ` pass.
    pub types: Vec<Option<String>>,
    pub leeway_seconds: i64,
    pub max_age_seconds: Option<i64>,
    /// At most [`MAX_REQUIRED_CLAIMS`].
    pub required_claims: Vec<String>,
    /// All of them are needed; none has a space in it.
    pub scopes: Vec<String>,
}

/// A time as it stands in the claims.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum NumericDate {
    #[default]
    Absent,
    Malformed,
    Whole(i64),
    Real(f64),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Issuer {
    #[default]
    Absent,
    Expected,
    Another,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Audience {
    #[default]
    Absent,
    Expected,
    Another,
    Malformed,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Scope {
    #[default]
    Insufficient,
    Sufficient,
    Malformed,
}

/// The times of a token, which are all that can change its verdict once it was good.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Times {
    pub expires_at: NumericDate,
    pub not_before: NumericDate,
    pub issued_at: NumericDate,
}

/// Sees the claims of one token as they are read, and keeps what the policy asks about.
#[derive(Debug)]
pub struct Claims<'p> {
    policy: &'p Policy,
    issuer: Issuer,
    audience: Audience,
    audiences: usize,
    is_audience_text: bool,
    has_own_audience: bool,
    times: Times,
    is_text_malformed: bool,
    required: u64,
    scope: Scope,
}

impl Policy {
    /// Whether a token of this kind is accepted; None where upper and lower case of characters
    /// beyond ASCII decide, which is for Python to say.
    #[must_use]
    pub fn accepts_type(&self, typ: Option<&str>) -> Option<bool> {
        let Some(found) = typ else { return Some(self.types.contains(&None)) };
        if !found.is_ascii() {
            return None;
        }
        let lower = found.to_ascii_lowercase();
        let normal = lower.strip_prefix("application/").unwrap_or(&lower);
        let is_known = |name: &str| self.types.iter().any(|typ| typ.as_deref() == Some(name));
        Some(is_known(found) || is_known(normal))
    }

    /// Hold the times against the clock. `now` lies within what an `f64` holds exactly.
    ///
    /// # Errors
    /// With the reason.
    pub fn check_times(&self, times: &Times, now: i64) -> Result<(), Reason> {
        let latest = now + self.leeway_seconds;
        match times.expires_at {
            NumericDate::Absent => return Err(Reason::ClaimMissing),
            NumericDate::Malformed => return Err(Reason::ClaimType),
            expires_at if !expires_at.ends_after(now, self.leeway_seconds) => {
                return Err(Reason::TokenExpired);
            }
            _ => {}
        }
        times.not_before.check_not_after(latest, Reason::TokenNotYetValid)?;
        times.issued_at.check_not_after(latest, Reason::TokenFromTheFuture)?;
        let Some(max_age) = self.max_age_seconds else { return Ok(()) };
        let oldest = now - max_age - self.leeway_seconds;
        match times.issued_at {
            NumericDate::Absent => Err(Reason::ClaimMissing),
            issued_at if issued_at.is_before(oldest) => Err(Reason::TokenTooOld),
            _ => Ok(()),
        }
    }
}

impl NumericDate {
    #[expect(clippy::cast_precision_loss, reason = "a bound that an f64 holds exactly")]
    fn read(value: Seen<'_>) -> Self {
        match value {
            Seen::Integer(value) if (0..=LATEST_NUMERIC_DATE).contains(&value) => {
                Self::Whole(value)
            }
            Seen::Real(value) if (0.0..=LATEST_NUMERIC_DATE as f64).contains(&value) => {
                Self::Real(value)
            }
            _ => Self::Malformed,
        }
    }

    /// Whether the time and the leeway behind it lie in the future. Adds as Python does.
    #[expect(clippy::cast_precision_loss, reason = "both are small enough for an f64")]
    fn ends_after(self, now: i64, leeway_seconds: i64) -> bool {
        match self {
            Self::Whole(value) => value + leeway_seconds > now,
            Self::Real(value) => value + leeway_seconds as f64 > now as f64,
            Self::Absent | Self::Malformed => false,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "small enough for an f64")]
    fn check_not_after(self, latest: i64, reason: Reason) -> Result<(), Reason> {
        let is_later = match self {
            Self::Whole(value) => value > latest,
            Self::Real(value) => value > latest as f64,
            Self::Absent => false,
            Self::Malformed => return Err(Reason::ClaimType),
        };
        if is_later { Err(reason) } else { Ok(()) }
    }

    #[expect(clippy::cast_precision_loss, reason = "small enough for an f64")]
    fn is_before(self, oldest: i64) -> bool {
        match self {
            Self::Whole(value) => value < oldest,
            Self::Real(value) => value < oldest as f64,
            Self::Absent | Self::Malformed => false,
        }
    }
}

impl<'p> Claims<'p> {
    #[must_use]
    pub fn new(policy: &'p Policy) -> Self {
        Self {
            policy,
            issuer: Issuer::default(),
            audience: Audience::default(),
            audiences: 0,
            is_audience_text: true,
            has_own_audience: false,
            times: Times::default(),
            is_text_malformed: false,
            required: 0,
            scope: Scope::default(),
        }
    }

    #[must_use]
    pub fn times(&self) -> Times {
        self.times
    }

    /// Hold what was seen against the policy, all but the type, which stands in the header.
    ///
    /// # Errors
    /// With the first reason, in the order of the Python path.
    pub fn check(&self, now: i64) -> Result<(), Reason> {
        match self.issuer {
            Issuer::Expected => {}
            Issuer::Absent => return Err(Reason::ClaimMissing),
            Issuer::Another => return Err(Reason::IssuerMismatch),
        }
        match self.audience {
            Audience::Expected => {}
            Audience::Absent => return Err(Reason::ClaimMissing),
            Audience::Another => return Err(Reason::AudienceMismatch),
            Audience::Malformed => return Err(Reason::ClaimType),
        }
        self.policy.check_times(&self.times, now)?;
        if self.is_text_malformed {
            return Err(Reason::ClaimType);
        }
        if self.required.count_ones() as usize != self.policy.required_claims.len() {
            return Err(Reason::ClaimMissing);
        }
        match self.scope {
            Scope::Malformed => Err(Reason::ClaimType),
            Scope::Insufficient if !self.policy.scopes.is_empty() => Err(Reason::ScopeInsufficient),
            _ => Ok(()),
        }
    }

    fn read_scope(&self, value: Seen<'_>) -> Scope {
        let Seen::Text(text) = value else { return Scope::Malformed };
        let has = |needed: &String| text.split(' ').any(|scope| scope == needed);
        if self.policy.scopes.iter().all(has) { Scope::Sufficient } else { Scope::Insufficient }
    }

    fn is_own(&self, audience: &str) -> bool {
        self.policy.audiences.iter().any(|own| own == audience)
    }

    fn read_audience(&self, value: Seen<'_>) -> Audience {
        let is_own = match value {
            Seen::Null => return Audience::Absent,
            Seen::Text(text) => self.is_own(text),
            Seen::Array
                if (1..=MAX_AUDIENCES).contains(&self.audiences) && self.is_audience_text =>
            {
                self.has_own_audience
            }
            _ => return Audience::Malformed,
        };
        if is_own { Audience::Expected } else { Audience::Another }
    }
}

impl Observer for Claims<'_> {
    fn element(&mut self, name: &str, value: Seen<'_>) {
        if name == "aud" {
            self.audiences += 1;
            match value {
                Seen::Text(text) => self.has_own_audience |= self.is_own(text),
                _ => self.is_audience_text = false,
            }
        }
    }

    fn member(&mut self, name: &str, value: Seen<'_>) {
        match name.as_bytes() {
            [b'i', b's', b's'] => {
                self.issuer = match value {
                    Seen::Null => Issuer::Absent,
                    Seen::Text(text) if *text == *self.policy.issuer => Issuer::Expected,
                    _ => Issuer::Another,
                }
            }
            [b'a', b'u', b'd'] => self.audience = self.read_audience(value),
            [b'e', b'x', b'p'] => self.times.expires_at = NumericDate::read(value),
            [b'n', b'b', b'f'] => self.times.not_before = NumericDate::read(value),
            [b'i', b'a', b't'] => self.times.issued_at = NumericDate::read(value),
            b"scope" if !self.policy.scopes.is_empty() => self.scope = self.read_scope(value),
            [b's', b'u', b'b'] | [b'j', b't', b'i'] | b"client_id" => {
                self.is_text_malformed |= !matches!(value, Seen::Text(_));
            }
            _ => {}
        }
        if !self.policy.required_claims.is_empty() {
            let is_empty = match value {
                Seen::Null => true,
                Seen::Text(text) => text.is_empty(),
                _ => false,
            };
            let place = self.policy.required_claims.iter().position(|required| required == name);
            if let (Some(place), false) = (place, is_empty) {
                self.required |= 1 << place;
            }
        }
    }
}
