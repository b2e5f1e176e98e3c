//! Records from one list of their fields, in the order of their schema.

/// A record that is only written; its name in the schema, and its fields in the schema's order.
macro_rules! written {
    ($avro:literal $(#[$meta:meta])* $vis:vis struct $name:ident $(<$($life:lifetime),+>)? {
        $($(#[$doc:meta])* $seen:vis $field:ident: $type:ty,)*
    }) => {
        $(#[$meta])*
        #[cfg_attr(test, derive(serde::Serialize))]
        $vis struct $name $(<$($life),+>)? {
            $($(#[$doc])* $seen $field: $type,)*
        }

        #[cfg(test)]
        impl $(<$($life),+>)? $name $(<$($life),+>)? {
            pub(in crate::codec) const FIELDS: $crate::codec::datum::record::Fields =
                ($avro, &[$(stringify!($field)),*]);
        }

        impl $(<$($life),+>)? $crate::codec::datum::Put for $name $(<$($life),+>)? {
            #[inline]
            fn put(&self, out: &mut Vec<u8>) {
                $($crate::codec::datum::Put::put(&self.$field, out);)*
            }
        }
    };
}

/// A record that is written and read.
macro_rules! record {
    (@take [] $name:ident $($field:ident)*) => {
        impl $crate::codec::datum::Take<'_> for $name {
            $crate::codec::datum::record! { @fn ['_] $name $($field)* }
        }
    };
    (@take [$life:lifetime] $name:ident $($field:ident)*) => {
        impl<$life> $crate::codec::datum::Take<$life> for $name<$life> {
            $crate::codec::datum::record! { @fn [$life] $name $($field)* }
        }
    };
    (@fn [$life:lifetime] $name:ident $($field:ident)*) => {
        #[inline]
        fn take(
            from: &mut $crate::codec::datum::Datum<$life>,
        ) -> $crate::codec::datum::Taken<Self> {
            // The fields of the literal are worked out in the order in which they stand.
            Ok($name { $($field: $crate::codec::datum::Take::take(from)?,)* })
        }
    };
    ($avro:literal $(#[$meta:meta])* $vis:vis struct $name:ident $(<$life:lifetime>)? {
        $($(#[$doc:meta])* $seen:vis $field:ident: $type:ty,)*
    }) => {
        $crate::codec::datum::written! {
            $avro $(#[$meta])* $vis struct $name $(<$life>)? {
                $($(#[$doc])* $seen $field: $type,)*
            }
        }
        $crate::codec::datum::record! { @take [$($life)?] $name $($field)* }
    };
}

/// A union of records, each variant with the record's name, in the schema's order.
macro_rules! variants {
    ($(#[$meta:meta])* $vis:vis enum $name:ident<$life:lifetime> {
        $($variant:ident as $avro:literal { $($field:ident: $type:ty,)* })*
    }) => {
        $(#[$meta])*
        #[cfg_attr(test, derive(serde::Serialize))]
        $vis enum $name<$life> {
            $(#[cfg_attr(test, serde(rename = $avro))] $variant { $($field: $type),* },)*
        }

        const _: () = {
            use $crate::codec::datum::{Datum, Put, Take, Taken, put_count};

            #[derive(Clone, Copy)]
            enum Place {
                $($variant,)*
            }
            const PLACES: &[Place] = &[$(Place::$variant),*];

            #[cfg(test)]
            impl $name<'_> {
                pub(in crate::codec) const FIELDS: &'static [$crate::codec::datum::record::Fields] =
                    &[$(($avro, &[$(stringify!($field)),*])),*];
            }

            impl Put for $name<'_> {
                #[inline]
                fn put(&self, out: &mut Vec<u8>) {
                    match self {
                        $($name::$variant { $($field),* } => {
                            put_count(Place::$variant as usize, out);
                            $($field.put(out);)*
                        })*
                    }
                }
            }

            impl<$life> Take<$life> for $name<$life> {
                #[inline]
                fn take(from: &mut Datum<$life>) -> Taken<Self> {
                    Ok(match PLACES[from.place(PLACES.len())?] {
                        $(Place::$variant => $name::$variant { $($field: Take::take(from)?,)* },)*
                    })
                }
            }
        };
    };
}

pub(in crate::codec) use {record, variants, written};

/// A record's full name in the schema, and its fields.
#[cfg(test)]
pub(in crate::codec) type Fields = (&'static str, &'static [&'static str]);
