//! The measured functions, called as a C program calls them: by address, so that no caller is compiled
//! together with them.

use std::ffi::{CStr, CString, c_char, c_void};
use std::hint::black_box;
use std::ptr::{null, null_mut};

use ferry::ffi::bytes::ferry_string_free;
use ferry::ffi::error::{ferry_error, ferry_error_free, ferry_error_message, ferry_status};
use ferry::ffi::filestack::{ferry_filestack, ferry_filestack_free, ferry_filestack_new};
use ferry::ffi::security::{ferry_security, ferry_security_free, ferry_security_new};
use ferry::ffi::transform::{
    ferry_transform, ferry_transform_add, ferry_transform_free, ferry_transform_new, ferry_transform_url,
};
use ferry::ffi::webhook::{ferry_webhook_sign, ferry_webhook_verify};

use crate::Result;

type Text = *const c_char;
type Err = *mut *mut ferry_error;
type New = unsafe extern "C" fn(*const ferry_filestack, Text, *mut *mut ferry_transform, Err) -> ferry_status;
type Add = unsafe extern "C" fn(*mut ferry_transform, Text, Text, Err) -> ferry_status;
type Url = unsafe extern "C" fn(*const ferry_transform, *mut *mut c_char, Err) -> ferry_status;
type Sign = unsafe extern "C" fn(Text, Text, *mut *mut ferry_security, Err) -> ferry_status;
type Verify = unsafe extern "C" fn(Text, *const c_void, usize, Text, Text, u32, Err) -> ferry_status;
type Free<T> = unsafe extern "C" fn(Option<Box<T>>);

pub const OK: ferry_status = 0;
const HANDLE: &CStr = c"sm9IEXAMPLEQuzfJykmA";
const URL: &CStr =
    c"https://cdn.filestackcontent.com/resize=height:500,width:500/flip/enhance/sm9IEXAMPLEQuzfJykmA";

/// The error's message; frees it.
fn told(error: *mut ferry_error) -> Box<dyn std::error::Error + Send + Sync> {
    // SAFETY: an error that a call has just left there, or NULL.
    unsafe {
        let message = CStr::from_ptr(ferry_error_message(error)).to_string_lossy().into_owned();
        ferry_error_free((!error.is_null()).then(|| Box::from_raw(error)));
        message.into()
    }
}

pub struct Client(*mut ferry_filestack);

impl Client {
    pub fn new() -> Result<Client> {
        let (mut client, mut error) = (null_mut(), null_mut());
        // SAFETY: texts that end with NUL, and places to write to.
        let status = unsafe { ferry_filestack_new(c"BENCH".as_ptr(), null(), &mut client, &mut error) };
        if status != OK {
            return Err(told(error));
        }
        let client = Client(client);
        let url = client.build();
        if url.as_deref() == Some(URL) { Ok(client) } else { Err(format!("the URL is {url:?}").into()) }
    }

    /// A chain, its three tasks, its URL; both freed.
    pub fn three_tasks(&self) {
        self.with_url(|url| {
            black_box(url);
        });
    }

    fn build(&self) -> Option<CString> {
        let mut copy = None;
        // SAFETY: a text that the library has just given, or NULL.
        self.with_url(|url| copy = (!url.is_null()).then(|| unsafe { CStr::from_ptr(url) }.to_owned()));
        copy
    }

    #[inline(always)]
    fn with_url(&self, look: impl FnOnce(*const c_char)) {
        let (new, add, url) =
            black_box((ferry_transform_new as New, ferry_transform_add as Add, ferry_transform_url as Url));
        let (mut chain, mut text) = (null_mut::<ferry_transform>(), null_mut());
        // SAFETY: live handles, texts that end with NUL, places to write to; each object is freed once.
        unsafe {
            let mut status = new(self.0.cast_const(), HANDLE.as_ptr(), &mut chain, null_mut());
            status |= add(chain, c"resize".as_ptr(), c"width:500,height:500".as_ptr(), null_mut());
            status |= add(chain, c"flip".as_ptr(), null(), null_mut());
            status |= add(chain, c"enhance".as_ptr(), null(), null_mut());
            status |= url(chain.cast_const(), &mut text, null_mut());
            assert_eq!(status, OK);
            look(text);
            black_box(ferry_string_free as unsafe extern "C" fn(*mut c_char))(text);
            black_box(ferry_transform_free as Free<ferry_transform>)(Some(Box::from_raw(chain)));
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // SAFETY: made by `new`, freed once.
        unsafe { ferry_filestack_free(Some(Box::from_raw(self.0))) }
    }
}

/// A policy with its signature, freed.
pub fn sign_policy() {
    let policy = c"{\"expiry\":4102444800,\"call\":[\"read\",\"convert\"]}";
    let mut security = null_mut::<ferry_security>();
    // SAFETY: texts that end with NUL, and a place to write to; the security is freed once.
    unsafe {
        let new = black_box(ferry_security_new as Sign);
        let status = new(policy.as_ptr(), c"SECURITY-SECRET".as_ptr(), &mut security, null_mut());
        assert_eq!(status, OK);
        black_box(ferry_security_free as Free<ferry_security>)(Some(Box::from_raw(security)));
    }
}

/// A message of 1 KiB and its signature.
pub struct Webhook {
    body: Vec<u8>,
    pub right: CString,
}

const SECRET: &CStr = c"Y5cWb1rdRDSTSqEjF5pv";
const TIMESTAMP: &CStr = c"1559199901";

impl Webhook {
    pub fn new() -> Result<Webhook> {
        let body: Vec<u8> =
            b"{\"id\": 6844, \"action\": \"fp.upload\"}".iter().copied().cycle().take(1024).collect();
        let (mut text, mut error) = (null_mut(), null_mut());
        // SAFETY: texts that end with NUL, bytes of that length, places to write to; the text is freed once.
        let right = unsafe {
            let data = body.as_ptr().cast();
            let status = ferry_webhook_sign(
                SECRET.as_ptr(),
                data,
                body.len(),
                TIMESTAMP.as_ptr(),
                &mut text,
                &mut error,
            );
            if status != OK {
                return Err(told(error));
            }
            let right = CStr::from_ptr(text).to_owned();
            ferry_string_free(text);
            right
        };
        Ok(Webhook { body, right })
    }

    pub fn verify(&self, signature: &CStr) {
        assert_eq!(self.verdict(signature), OK);
    }

    pub fn verdict(&self, signature: &CStr) -> ferry_status {
        let verify = black_box(ferry_webhook_verify as Verify);
        let data = self.body.as_ptr().cast();
        // SAFETY: texts that end with NUL, and bytes of that length.
        unsafe {
            verify(
                SECRET.as_ptr(),
                data,
                self.body.len(),
                TIMESTAMP.as_ptr(),
                signature.as_ptr(),
                0,
                null_mut(),
            )
        }
    }
}
