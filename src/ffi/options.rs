//! Option structs: what all of them have in common. Each is declared once, by [`option_struct`].

use std::mem::MaybeUninit;

use crate::error::{Error, Result};

/// An option struct of C: plain data whose every bit pattern is a value, `struct_size` first.
///
/// # Safety
/// The type is `#[repr(C)]`, begins with a `usize`, and any bytes are a valid value of it. `FIELDS` has all
/// its fields in order.
pub unsafe trait Options: Copy {
    const NAME: &'static str;
    const FIELDS: &'static [Field];
}

/// A field of an option struct: what tells versions of the struct apart.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub name: &'static str,
    pub offset: usize,
    pub size: usize,
}

impl Field {
    /// Where the next field may begin; the size of a version of the struct that ended with this field.
    pub const fn end(&self) -> usize {
        self.offset + self.size
    }
}

/// Makes a struct an option struct: its `_init` for C, and the table of its fields. The fields are all named,
/// in order; one that is missing does not compile.
///
/// A struct must not end in padding: then the size of a version with one more field would be the same.
macro_rules! option_struct {
    ($name:ident, $init:ident: $($field:ident)+) => {
        const _: () = {
            /// Does not compile if a field is missing from the table.
            #[allow(dead_code)]
            fn all_fields(options: $name) {
                let $name { $($field: _),+ } = options;
            }
        };

        // SAFETY: plain data, size first; any bytes are values of its integers, pointers and
        // `MaybeUninit<bool>`s. A callback is only called if it is not NULL; the header demands that it is a
        // function then. The table has every field.
        unsafe impl $crate::ffi::options::Options for $name {
            const NAME: &'static str = stringify!($name);
            const FIELDS: &'static [$crate::ffi::options::Field] = &[$($crate::ffi::options::Field {
                name: stringify!($field),
                offset: ::std::mem::offset_of!($name, $field),
                size: $crate::ffi::options::size_of_field(|options: &$name| &raw const options.$field),
            }),+];
        }

        const _: () = $crate::ffi::options::assert_whole::<$name>();

        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $init(options: *mut $name, size: usize) {
            // SAFETY: NULL or `size` writable bytes, as the header demands.
            $crate::ffi::run_void(|| unsafe { $crate::ffi::options::init(options, size) })
        }
    };
}
pub(crate) use option_struct;

/// The size of the field that `place` points out.
pub const fn size_of_field<T, F>(_place: fn(&T) -> *const F) -> usize {
    size_of::<F>()
}

/// Stops the build if a struct ends in padding.
pub const fn assert_whole<T: Options>() {
    let Some(last) = T::FIELDS.last() else { return };
    assert!(last.end() == size_of::<T>(), "the struct ends in padding: fill it with `_reserved`");
}

/// The options behind a pointer that may be NULL: what the caller's version of the struct has, zero for what
/// it lacks.
///
/// # Safety
/// `options` is NULL or points to as many readable bytes as its `struct_size` says.
pub unsafe fn options<T: Options>(options: *const T) -> Result<T> {
    let mut copy = MaybeUninit::<T>::zeroed();
    if options.is_null() {
        // SAFETY: `Options` promises that zeros are a value.
        return Ok(unsafe { copy.assume_init() });
    }
    // SAFETY: not NULL; the struct begins with its size, which the caller must be able to read.
    let size = unsafe { options.cast::<usize>().read_unaligned() };
    let own = size_of::<T>();
    if size < size_of::<usize>() {
        let name = T::NAME;
        return Err(Error::invalid_argument(format!(
            "struct_size of {name} is {size}: call {name}_init(&options, sizeof options) before \
             setting its fields"
        )));
    }
    if size < own && !T::FIELDS.iter().any(|field| field.end() == size) {
        return Err(Error::invalid_argument(format!(
            "struct_size of {} is {size}, where no field ends: no version of the struct has that size",
            T::NAME
        )));
    }
    if size > own {
        // A newer caller may set fields that this library does not know; ignoring them would be a lie.
        const LARGEST: usize = 4096;
        let tail = if size <= LARGEST {
            // SAFETY: the struct has `size` readable bytes by this function's contract.
            unsafe { std::slice::from_raw_parts(options.cast::<u8>().add(own), size - own) }
        } else {
            &[1]
        };
        if tail.iter().any(|byte| *byte != 0) {
            return Err(Error::invalid_argument(format!(
                "struct_size of {} is {size}, but this library knows {own} bytes of it: the header is newer \
                 than the library, or the struct was not initialised",
                T::NAME
            )));
        }
    }
    // SAFETY: both have at least min(size, own) bytes, and do not overlap: one is ours.
    unsafe { std::ptr::copy_nonoverlapping(options.cast::<u8>(), copy.as_mut_ptr().cast(), size.min(own)) };
    // SAFETY: `Options` promises that any bytes are a value.
    Ok(unsafe { copy.assume_init() })
}

/// Fills an option struct with the defaults.
///
/// # Safety
/// `options` is NULL or points to `size` writable bytes.
pub unsafe fn init<T: Options>(options: *mut T, size: usize) {
    if options.is_null() || size < size_of::<usize>() {
        return;
    }
    // SAFETY: `size` bytes are writable by this function's contract, and a `usize` fits in.
    unsafe {
        options.cast::<u8>().write_bytes(0, size);
        options.cast::<usize>().write_unaligned(size);
    }
}

/// Whether the byte of a `bool` field of C is not 0.
///
/// It may hold anything, where C code copied or never set it, and a Rust `bool` that is neither 0 nor 1 would
/// be undefined behaviour: such fields are `MaybeUninit<bool>`, which cbindgen writes as `bool`. An argument
/// of type `bool` needs no such care: the caller's compiler converts it to 0 or 1 (C11 6.3.1.2), as the ABI
/// demands.
///
/// # Safety
/// The byte was copied from the caller's struct or is zero, so that it is initialised.
pub unsafe fn is_set(flag: MaybeUninit<bool>) -> bool {
    // SAFETY: a `bool` is one byte, which is initialised by this function's contract; any byte is a `u8`.
    unsafe { flag.as_ptr().cast::<u8>().read() != 0 }
}

/// An error unless a reserved field is 0: what a later version does with it must not be ignored by this one.
pub fn check_reserved(reserved: u32, name: &str) -> Result<()> {
    if reserved == 0 {
        return Ok(());
    }
    Err(Error::invalid_argument(format!(
        "_reserved of {name} is {reserved}, but must be 0: call {name}_init(&options, sizeof options) before \
         setting its fields"
    )))
}
