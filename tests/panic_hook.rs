//! A Rust program that links the crate and calls its C interface keeps its panic hook: it sees every panic
//! but the library's.

use std::ffi::c_void;
use std::panic::{catch_unwind, set_hook};
use std::ptr::{null, null_mut};
use std::sync::Mutex;

use ferry::error::{ErrorKind, Result};
use ferry::ffi::error::{FERRY_IO, ferry_error_free, ferry_error_status};
use ferry::ffi::filestack::{ferry_filestack_free, ferry_filestack_new};
use ferry::ffi::filestack_upload::ferry_filestack_upload_reader;
use ferry::ffi::reader::FERRY_SIZE_UNKNOWN;
use ferry::ffi::version::ferry_live_objects;

static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A hook of the program that puts `name` before the message.
fn hook(name: &'static str) {
    set_hook(Box::new(move |info| {
        let message = info.payload().downcast_ref::<&str>().copied().unwrap_or_default();
        SEEN.lock().expect("not poisoned").push(format!("{name}: {message}"));
    }));
}

fn seen() -> Vec<String> {
    std::mem::take(&mut SEEN.lock().expect("not poisoned"))
}

/// A callback whose own panic goes no further, and which then fails.
unsafe extern "C" fn read(_: *mut c_void, _: usize, _: *mut c_void) -> i64 {
    catch_unwind(|| panic!("in a callback")).expect_err("a panic");
    -1
}

fn call_back() {
    let (mut client, mut link, mut err) = (null_mut(), null_mut(), null_mut());
    // SAFETY: arguments as the header demands: texts end with NUL, outputs are writable, all else may be
    // NULL.
    unsafe {
        assert_eq!(ferry_filestack_new(c"KEY".as_ptr(), null(), &raw mut client, &raw mut err), 0);
        let read_data = null_mut();
        let size = FERRY_SIZE_UNKNOWN;
        ferry_filestack_upload_reader(
            client,
            Some(read),
            read_data,
            size,
            null(),
            &raw mut link,
            &raw mut err,
        );
        assert_eq!(ferry_error_status(err), FERRY_IO);
        ferry_error_free((!err.is_null()).then(|| Box::from_raw(err)));
        ferry_filestack_free((!client.is_null()).then(|| Box::from_raw(client)));
    }
}

#[test]
fn the_hook_of_the_program_stays() {
    hook("first");
    assert_eq!(ferry_live_objects(), 0);
    catch_unwind(|| panic!("own")).expect_err("a panic");
    assert_eq!(seen(), ["first: own"]);

    call_back();
    assert_eq!(seen(), ["first: in a callback"]);

    let of_the_library: Result<()> = ferry::panic::catch(|| panic!("of the library"));
    let error = of_the_library.expect_err("a panic");
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert!(error.message().contains("of the library (tests/panic_hook.rs:"), "{error}");
    assert!(seen().is_empty());

    // A hook that the program sets later gets everything.
    hook("second");
    assert_eq!(ferry_live_objects(), 0);
    catch_unwind(|| panic!("own")).expect_err("a panic");
    let of_the_library: Result<()> = ferry::panic::catch(|| panic!("of the library"));
    assert_eq!(of_the_library.expect_err("a panic").kind(), ErrorKind::Internal);
    assert_eq!(seen(), ["second: own", "second: of the library"]);
}
