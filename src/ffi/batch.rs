//! Many files in one call: they share threads and connections, and their requests overlap, so that small
//! files cost little more than their bytes.
//!
//! ```c
//! static int32_t stored(size_t index, const char *path, const ferry_filelink *file,
//!                       const ferry_error *error, void *user_data) {
//!     (void)index, (void)user_data;
//!     printf("%s: %s\n", path, file ? ferry_filelink_url(file) : ferry_error_message(error));
//!     return 0; // anything else interrupts the batch
//! }
//!
//! ferry_batch_item items[] = {{"a.jpg", NULL}, {"b.jpg", NULL}};
//! ferry_filestack_upload_batch(client, items, 2, NULL, stored, NULL, NULL, &err);
//! ```
//!
//! The options of the batch hold for every item that has none of its own. `concurrency`, `bytes_per_second`,
//! `on_progress`, `deadline_ms`, `journal_dir` and `restart` are for the batch as a whole, and are set there
//! alone. `filename`, and a `path` that is not a folder, are for one file, and are set in the options of its
//! item alone.
//!
//! One file's failure does not stop the others. The call then fails with the error of the first of the list
//! that failed; the report has all of them. A batch that is run again uploads what is not stored yet. With
//! `journal_dir` so does the same call in another process: it takes the filelinks of stored files from the
//! journal, and goes on with those that were under way.

use std::collections::HashMap;
use std::ffi::{c_char, c_void};
use std::sync::Arc;

use super::errand;
use super::error::{ferry_error, ferry_status, name_of, status_of};
use super::filelink::ferry_filelink;
use super::filestack::ferry_filestack;
use super::filestack_upload::{ferry_upload_options, upload_options};
use super::progress::Watcher;
use super::upload::ferry_upload;
use super::value::ferry_value;
use super::{Out, borrow, c_text, guard, slice_of, text};
use crate::error::{Error, Result};
use crate::filestack::{Batch, Filelink, Item};

/// A file of a batch.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ferry_batch_item {
    /// Path of the file. The same path twice needs two options.
    pub path: *const c_char,
    /// What is stored, and where. NULL: as the options of the batch say.
    pub options: *const ferry_upload_options,
}

/// Receives the end of a file of a batch, on the thread that made the call, in the order in which files end.
/// `filelink` is NULL if the file is not stored, else `error` is NULL; both are lent, and `path` too. A file
/// that another process had stored ends as well. Return 0 to go on. Any other value interrupts the batch. The
/// callback must not throw, longjmp or panic.
pub type ferry_item_fn = Option<
    unsafe extern "C" fn(
        index: usize,
        path: *const c_char,
        filelink: *const ferry_filelink,
        error: *const ferry_error,
        user_data: *mut c_void,
    ) -> i32,
>;

/// A callback and its data.
#[derive(Clone, Copy)]
pub struct ItemWatcher {
    call: ferry_item_fn,
    user_data: *mut c_void,
}

// SAFETY: the pointer is not dereferenced here. It is handed to the callback, on the thread that makes the
// call; the header demands that callback and data can be used from each thread that runs the batch they were
// given to.
unsafe impl Send for ItemWatcher {}
// SAFETY: as above.
unsafe impl Sync for ItemWatcher {}

impl ItemWatcher {
    /// # Safety
    /// `call` is NULL or a function as `ferry_item_fn` describes it, and may be called with `user_data` as
    /// long as this lives.
    unsafe fn new(call: ferry_item_fn, user_data: *mut c_void) -> Self {
        ItemWatcher { call, user_data }
    }

    /// Runs the batch, which tells the callback of each file that ends.
    pub fn run(self, batch: &Batch, watcher: Watcher) -> Result<()> {
        let Some(call) = self.call else { return watcher.watch(|observer| batch.run(observer, None)) };
        let mut tell = |index: usize, path: &str, stored: &Result<Filelink>| {
            let path = c_text(path);
            let (filelink, error) = match stored {
                Ok(filelink) => (Some(ferry_filelink::new(filelink.clone())), None),
                Err(error) => (None, Some(ferry_error::new(error.clone()))),
            };
            let filelink = filelink.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
            let error = error.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
            // SAFETY: by the contract of `new`; what is lent lives until the callback returns.
            errand::run(|| unsafe { call(index, path.as_ptr(), filelink, error, self.user_data) == 0 })
                .unwrap_or(false)
        };
        watcher.watch(|observer| batch.run(observer, Some(&mut tell)))
    }
}

/// What has become of the files of a batch.
pub fn report(batch: &Batch) -> Result<ferry_value> {
    ferry_value::new(batch.report(|kind| name_of(status_of(kind)).to_str().unwrap_or_default()))
}

/// # Safety
/// `client` and `options` are NULL or valid, and `items` points to `count` valid items.
unsafe fn batch(
    client: *const ferry_filestack,
    items: *const ferry_batch_item,
    count: usize,
    options: *const ferry_upload_options,
) -> Result<(Batch, Watcher)> {
    // SAFETY: by this function's contract.
    let (client, items, (options, watcher)) =
        unsafe { (borrow(client, "client")?, slice_of(items, count, "items")?, upload_options(options)?) };
    let mut known = HashMap::new();
    let mut list = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let of_item = |error: Error| error.while_doing(format_args!("items[{index}]"));
        // SAFETY: by this function's contract.
        let path = unsafe { text(item.path, "path") }.map_err(of_item)?.to_owned();
        if !item.options.is_null() && !known.contains_key(&item.options) {
            // SAFETY: by this function's contract.
            let (own, watcher) = unsafe { upload_options(item.options) }.map_err(of_item)?;
            if watcher.is_set() {
                let text = "on_progress is for the batch as a whole: set it in the batch's options";
                return Err(of_item(Error::invalid_argument(text)));
            }
            known.insert(item.options, Arc::new(own));
        }
        list.push(Item { path, options: known.get(&item.options).cloned() });
    }
    Ok((Batch::new(&client.client, list, options)?, watcher))
}

/// Upload files and wait until all of them are stored. `items` has `count` elements; they and `options`,
/// which may be NULL, are copied. `on_item` may be NULL.
///
/// `report` receives an array with an object for each item, in their order, also when the call fails: "path",
/// "filelink" (what the service said: "handle", "url", "size", …) or null, and "error" ("status", "message",
/// "step", "http_status", "retryable") or null; both are null for a file that the batch did not come to. It
/// may be NULL. Free it with `ferry_value_free`.
///
/// Fails with FERRY_INVALID_ARGUMENT if there are no items, an option is refused or an item is there twice;
/// nothing is sent then. If files fail, the error is that of the first of them in the list, with 1 KiB of the
/// service's answer, and `ferry_error_retryable` tells whether the call can succeed for any. Otherwise as
/// `ferry_filestack_upload_file`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filestack_upload_batch(
    client: *const ferry_filestack,
    items: *const ferry_batch_item,
    count: usize,
    options: *const ferry_upload_options,
    on_item: ferry_item_fn,
    item_data: *mut c_void,
    report: *mut *mut ferry_value,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, (batch, watcher)) =
            unsafe { (Out::optional(report), batch(client, items, count, options)?) };
        // SAFETY: as the header demands, until the call returns.
        let result = unsafe { ItemWatcher::new(on_item, item_data) }.run(&batch, watcher);
        let reported = out.map_or(Ok(()), |out| self::report(&batch).map(|report| out.set_boxed(report)));
        result.and(reported)
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Prepare a batch that can be paused, interrupted, cancelled and run again, as one upload can
/// (`ferry_upload_run`). Nothing is sent. `ferry_upload_result` gives the report at any time, and
/// `ferry_upload_item_filelink` the filelink of one file. A batch has no token. The callbacks and their data
/// must live until every `ferry_upload_run` has returned. Arguments as of `ferry_filestack_upload_batch`.
/// Free `out` with `ferry_upload_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_filestack_upload_batch_new(
    client: *const ferry_filestack,
    items: *const ferry_batch_item,
    count: usize,
    options: *const ferry_upload_options,
    on_item: ferry_item_fn,
    item_data: *mut c_void,
    out: *mut *mut ferry_upload,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, (batch, watcher)) =
            unsafe { (Out::new(out, "out")?, batch(client, items, count, options)?) };
        // SAFETY: as the header demands, until every run has returned.
        let on_item = unsafe { ItemWatcher::new(on_item, item_data) };
        out.set_boxed(ferry_upload::to_batch(batch, on_item, watcher));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}

/// Get the filelink of the file at `index` of a batch, counted from 0. Fails with the file's own error if it
/// is not stored; with FERRY_NOT_READY if the batch has not come to it; with FERRY_INVALID_STATE for an
/// upload of one file. Call it from any thread. Free `out` with `ferry_filelink_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ferry_upload_item_filelink(
    upload: *const ferry_upload,
    index: usize,
    out: *mut *mut ferry_filelink,
    err: *mut *mut ferry_error,
) -> ferry_status {
    let body = || -> Result<()> {
        // SAFETY: pointers as the header demands.
        let (out, upload) = unsafe { (Out::new(out, "out")?, borrow(upload, "upload")?) };
        out.set_boxed(ferry_filelink::new(upload.item_filelink(index)?));
        Ok(())
    };
    // SAFETY: `err` as the header demands.
    unsafe { guard(err, body) }
}
