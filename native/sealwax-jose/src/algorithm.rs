//! The signature algorithms by name (RFC 7518 §3.1, RFC 8812, RFC 9864, RFC 9964). `none` has no row.

macro_rules! algorithms {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        /// One row of the table that `sealwax.jose.algorithms` has.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Algorithm { $($variant),+ }

        impl Algorithm {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

algorithms! {
    Hs256 = "HS256", Hs384 = "HS384", Hs512 = "HS512",
    Rs256 = "RS256", Rs384 = "RS384", Rs512 = "RS512",
    Ps256 = "PS256", Ps384 = "PS384", Ps512 = "PS512",
    Es256 = "ES256", Es384 = "ES384", Es512 = "ES512", Es256K = "ES256K",
    Ed25519 = "Ed25519", Ed448 = "Ed448",
    MlDsa44 = "ML-DSA-44", MlDsa65 = "ML-DSA-65", MlDsa87 = "ML-DSA-87",
}

/// The older name of Ed25519 and Ed448 (RFC 8037); RFC 9864 names the algorithm of the key.
pub const EDDSA: &str = "EdDSA";

impl Algorithm {
    #[must_use]
    pub const fn is_octet_key_pair(self) -> bool {
        matches!(self, Self::Ed25519 | Self::Ed448)
    }
}
