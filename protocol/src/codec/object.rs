//! `object!` and `output!`: a struct whose buffer form is its members in order.
//!
//! Both derive the usual traits, camel-case JSON, [`Encode`](super::Encode), [`Decode`](super::Decode) and
//! [`ToFields`](super::ToFields); `output!` adds [`FromFields`](super::FromFields), for what circuits return.
//! Where the circuit's struct has another order than Aztec's TypeScript class, `abi: [a, b, c]` after the
//! struct gives it.

macro_rules! object {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$member_meta:meta])* pub $member:ident: $ty:ty,)* }) => {
        $crate::codec::object! {
            $(#[$meta])* pub struct $name { $($(#[$member_meta])* pub $member: $ty,)* }
            abi: [$($member,)*]
        }
    };
    (
        $(#[$meta:meta])* pub struct $name:ident { $($(#[$member_meta:meta])* pub $member:ident: $ty:ty,)* }
        abi: [$($ordered:ident,)*]
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $name { $($(#[$member_meta])* pub $member: $ty,)* }

        impl $crate::codec::Encode for $name {
            fn encode(&self, out: &mut Vec<u8>) {
                $(self.$member.encode(out);)*
            }
        }

        impl $crate::codec::Decode for $name {
            const LEN_BYTES_MIN: usize = 0 $(+ <$ty as $crate::codec::Decode>::LEN_BYTES_MIN)*;

            fn decode(reader: &mut $crate::codec::Reader<'_>) -> Result<Self, $crate::codec::DecodeError> {
                Ok(Self {
                    $($member: $crate::codec::Decode::decode(reader)
                        .map_err(|error: $crate::codec::DecodeError| error.in_member(stringify!($member)))?,)*
                })
            }
        }

        impl $crate::codec::ToFields for $name {
            fn to_fields(&self, out: &mut Vec<chinampa_kernels::Fr>) {
                // Names every member, so that an `abi` list which leaves one out does not compile.
                let Self { $($ordered,)* } = self;
                $($ordered.to_fields(out);)*
            }
        }
    };
}

macro_rules! output {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$member_meta:meta])* pub $member:ident: $ty:ty,)* }) => {
        $crate::codec::output! {
            $(#[$meta])* pub struct $name { $($(#[$member_meta])* pub $member: $ty,)* }
            abi: [$($member,)*]
        }
    };
    (
        $(#[$meta:meta])* pub struct $name:ident { $($(#[$member_meta:meta])* pub $member:ident: $ty:ty,)* }
        abi: [$($ordered:ident,)*]
    ) => {
        $crate::codec::object! {
            $(#[$meta])*
            #[derive(Default)]
            pub struct $name { $($(#[$member_meta])* pub $member: $ty,)* }
            abi: [$($ordered,)*]
        }

        impl $crate::codec::FromFields for $name {
            fn from_fields(
                reader: &mut $crate::codec::FieldReader<'_>,
            ) -> Result<Self, $crate::codec::AbiError> {
                $(let $ordered = $crate::codec::FromFields::from_fields(reader)
                    .map_err(|error: $crate::codec::AbiError| error.in_member(stringify!($ordered)))?;)*
                Ok(Self { $($member,)* })
            }
        }
    };
}

pub(crate) use {object, output};
