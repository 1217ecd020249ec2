//! The embedded S3 server: s3s in front of s3s-fs.

use std::fs::File;
use std::io::{self, ErrorKind, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use hyper::{HeaderMap, Method, Request, StatusCode, Uri};
use s3s::auth::{Credentials, SecretKey, SimpleAuth};
use s3s::dto::{
    AbortMultipartUploadInput, CreateMultipartUploadInput, DeleteObjectInput, PutObjectInput,
    PutObjectOutput, StreamingBlob, UploadPartInput, UploadPartOutput,
};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;
use serde_json::Value;
use tokio::io::AsyncReadExt;

use super::digest::{self, Checked};
use super::{BUCKET, SignedPut};
use crate::disk::Disk;
use crate::identifier;
use crate::intake::Intake;
use crate::reply::{self, Reply};

const BLOCK: usize = 256 * 1024;

pub(crate) struct Bucket {
    files: Arc<FileSystem>,
    service: S3Service,
    root: PathBuf,
    credentials: Credentials,
}

impl Bucket {
    pub(crate) fn open(data: &Path, keys: &Disk) -> io::Result<Bucket> {
        let root = data.join("s3");
        std::fs::create_dir_all(root.join(BUCKET))?;
        let files = FileSystem::new(&root).map_err(|error| io::Error::other(format!("{error:?}")))?;
        let files = Arc::new(files);
        let credentials =
            Credentials { access_key: "LOCALCLOUD".to_owned(), secret_key: SecretKey::from(secret(keys)?) };
        let mut builder = S3ServiceBuilder::new(Door { files: Arc::clone(&files) });
        builder.set_auth(SimpleAuth::from_single(
            credentials.access_key.clone(),
            credentials.secret_key.clone(),
        ));
        Ok(Bucket { files, service: builder.build(), root, credentials })
    }

    pub(crate) fn path(&self, object: &str) -> PathBuf {
        self.root.join(BUCKET).join(object)
    }

    pub(crate) fn sign(&self, put: &SignedPut<'_>) -> Value {
        put.sign(&self.credentials.access_key, self.credentials.secret_key.expose())
    }

    pub(crate) async fn serve(&self, request: Request<Intake>) -> Reply {
        let request = request.map(s3s::Body::http_body_unsync);
        match self.service.call(request).await {
            Ok(response) => response.map(BodyExt::boxed_unsync),
            Err(error) => reply::storage_error(
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalError",
                &format!("{error:?}"),
            ),
        }
    }

    pub(crate) async fn begin(&self, object: &str) -> io::Result<String> {
        let input = CreateMultipartUploadInput::builder()
            .bucket(BUCKET.to_owned())
            .key(object.to_owned())
            .build()
            .map_err(io::Error::other)?;
        let response = self.files.create_multipart_upload(self.request(input)).await.map_err(failed)?;
        response.output.upload_id.ok_or_else(|| io::Error::other("the storage gave no upload id"))
    }

    pub(crate) async fn assemble(
        &self,
        object: &str,
        upload_id: &str,
        part: u32,
        chunks: &[String],
    ) -> io::Result<String> {
        let paths: Vec<PathBuf> = chunks.iter().map(|chunk| self.path(chunk)).collect();
        let input = UploadPartInput::builder()
            .bucket(BUCKET.to_owned())
            .key(object.to_owned())
            .upload_id(upload_id.to_owned())
            .part_number(i32::try_from(part).map_err(io::Error::other)?)
            .body(Some(concatenation(paths)))
            .build()
            .map_err(io::Error::other)?;
        let response = self.files.upload_part(self.request(input)).await.map_err(failed)?;
        let etag = response.output.e_tag.ok_or_else(|| io::Error::other("the storage gave no ETag"))?;
        Ok(format!("\"{}\"", etag.into_value()))
    }

    /// s3s-fs forgets the upload before it joins the parts and would lose them all if it were killed
    /// meanwhile, so they are joined here. Asked again it goes on where it was.
    pub(crate) async fn finish(&self, object: &str, upload_id: &str, lengths: &[u64]) -> io::Result<()> {
        let name = |number| self.root.join(format!(".upload_id-{upload_id}.part-{number}"));
        let parts: Vec<_> = (1..).zip(lengths).map(|(number, length)| (name(number), *length)).collect();
        let (draft, whole) = (self.path(&format!("{object}.joining")), self.path(object));
        tokio::task::spawn_blocking(move || join(&parts, &draft, &whole)).await?
    }

    pub(crate) async fn discard(&self, object: &str, upload_id: &str) -> io::Result<()> {
        let input = AbortMultipartUploadInput::builder()
            .bucket(BUCKET.to_owned())
            .key(object.to_owned())
            .upload_id(upload_id.to_owned())
            .build()
            .map_err(io::Error::other)?;
        self.files.abort_multipart_upload(self.request(input)).await.map_err(failed).map(|_| ())
    }

    pub(crate) async fn keep(&self, object: &str, bytes: bytes::Bytes) -> io::Result<()> {
        let input = PutObjectInput::builder()
            .bucket(BUCKET.to_owned())
            .key(object.to_owned())
            .body(Some(StreamingBlob::from(s3s::Body::from(bytes))))
            .build()
            .map_err(io::Error::other)?;
        self.files.put_object(self.request(input)).await.map_err(failed).map(|_| ())
    }

    pub(crate) async fn delete(&self, object: &str) -> io::Result<()> {
        let input = DeleteObjectInput::builder()
            .bucket(BUCKET.to_owned())
            .key(object.to_owned())
            .build()
            .map_err(io::Error::other)?;
        self.files.delete_object(self.request(input)).await.map_err(failed).map(|_| ())
    }

    fn request<T>(&self, input: T) -> S3Request<T> {
        S3Request {
            input,
            method: Method::PUT,
            uri: Uri::default(),
            headers: HeaderMap::new(),
            extensions: hyper::http::Extensions::new(),
            credentials: Some(self.credentials.clone()),
            region: None,
            service: None,
            trailing_headers: None,
        }
    }
}

/// What URLs are signed with: those that one process signed are good for the next one.
fn secret(keys: &Disk) -> io::Result<String> {
    if let Some(secret) = keys.read("", "secret")? {
        return Ok(secret);
    }
    let secret = identifier::token(40);
    keys.write("", "secret", &secret)?;
    Ok(secret)
}

fn failed(error: s3s::S3Error) -> io::Error {
    io::Error::other(format!("the storage failed: {error:?}"))
}

/// Moves parts of these lengths into one file. A part that is gone is in it already.
fn join(parts: &[(PathBuf, u64)], draft: &Path, whole: &Path) -> io::Result<()> {
    if whole.exists() {
        return Ok(());
    }
    if let Some((first, _)) = parts.first()
        && !draft.exists()
    {
        std::fs::rename(first, draft)?;
    }
    let mut target = File::options().write(true).open(draft)?;
    let mut end = 0;
    for (part, length) in parts {
        match File::open(part) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
            Ok(mut source) => {
                target.seek(SeekFrom::Start(end))?;
                io::copy(&mut source, &mut target)?;
                std::fs::remove_file(part)?;
            }
        }
        end += length;
    }
    if target.metadata()?.len() != end {
        return Err(io::Error::other(format!("the parts should have {end} bytes, but some are gone")));
    }
    std::fs::rename(draft, whole)
}

/// The files' bytes one after the other, a block at a time.
fn concatenation(paths: Vec<PathBuf>) -> StreamingBlob {
    let state = (paths.into_iter(), None::<tokio::fs::File>);
    let blocks = stream::try_unfold(state, |(mut paths, mut open)| async move {
        loop {
            let mut file = match open.take() {
                Some(file) => file,
                None => match paths.next() {
                    Some(path) => tokio::fs::File::open(path).await?,
                    None => return Ok::<_, io::Error>(None),
                },
            };
            let mut block = bytes::BytesMut::with_capacity(BLOCK);
            if file.read_buf(&mut block).await? > 0 {
                return Ok(Some((Frame::data(block.freeze()), (paths, Some(file)))));
            }
        }
    });
    StreamingBlob::from(s3s::Body::http_body_unsync(StreamBody::new(blocks)))
}

/// What a client may do at the storage: put parts and objects, each with its digest checked.
struct Door {
    files: Arc<FileSystem>,
}

impl Door {
    fn checked(
        body: Option<StreamingBlob>,
        md5: Option<&str>,
    ) -> S3Result<(Option<StreamingBlob>, Arc<AtomicBool>)> {
        let mismatch = Arc::new(AtomicBool::new(false));
        let Some(md5) = md5 else {
            return Ok((body, mismatch));
        };
        let Some(promised) = digest::decode(md5) else {
            return Err(s3_error!(InvalidDigest, "The Content-MD5 you specified was invalid."));
        };
        let body = body.map(|body| {
            let checked = Checked::new(s3s::Body::from(body), promised, Arc::clone(&mismatch));
            StreamingBlob::from(s3s::Body::http_body_unsync(checked))
        });
        Ok((body, mismatch))
    }

    fn judge<T>(result: S3Result<T>, mismatch: &AtomicBool) -> S3Result<T> {
        if mismatch.load(Ordering::Acquire) {
            return Err(s3_error!(
                BadDigest,
                "The Content-MD5 you specified did not match what we received."
            ));
        }
        result
    }
}

#[async_trait::async_trait]
impl S3 for Door {
    async fn upload_part(
        &self,
        mut request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        let (body, mismatch) =
            Door::checked(request.input.body.take(), request.input.content_md5.as_deref())?;
        request.input.body = body;
        Door::judge(self.files.upload_part(request).await, &mismatch)
    }

    async fn put_object(
        &self,
        mut request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let (body, mismatch) =
            Door::checked(request.input.body.take(), request.input.content_md5.as_deref())?;
        request.input.body = body;
        Door::judge(self.files.put_object(request).await, &mismatch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every moment at which a process that joins three parts may be killed.
    #[test]
    fn joining_goes_on_wherever_it_was_stopped() {
        let data: [&[u8]; 3] = [b"first", b"second", b"3"];
        // What the draft has, and how many parts are gone.
        let moments = [("", 0), ("first", 1), ("firstsec", 1), ("firstsecond", 1), ("firstsecond", 2)];
        for (copied, gone) in moments.into_iter().chain([("firstsecond3", 2), ("firstsecond3", 3)]) {
            let folder = tempfile::tempdir().expect("a folder");
            let (draft, whole) = (folder.path().join("draft"), folder.path().join("whole"));
            if gone > 0 {
                std::fs::write(&draft, copied).expect("a draft");
            }
            let part = |(number, bytes): (usize, &&[u8])| {
                let path = folder.path().join(number.to_string());
                if number >= gone {
                    std::fs::write(&path, bytes).expect("a part");
                }
                (path, bytes.len() as u64)
            };
            let parts: Vec<_> = data.iter().enumerate().map(part).collect();
            for _ in 0..2 {
                join(&parts, &draft, &whole).expect("one file");
                assert_eq!(std::fs::read(&whole).expect("the file"), b"firstsecond3", "{copied} {gone}");
            }
        }
    }

    #[test]
    fn a_part_that_is_lost_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let part = folder.path().join("1");
        std::fs::write(&part, "first").expect("a part");
        let parts = [(part, 5), (folder.path().join("2"), 6)];
        let error = join(&parts, &folder.path().join("draft"), &folder.path().join("whole"));
        assert!(error.expect_err("no file").to_string().contains("11 bytes"));
    }
}
