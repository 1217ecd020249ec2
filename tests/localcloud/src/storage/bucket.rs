//! The embedded S3 server: s3s in front of s3s-fs.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use hyper::{HeaderMap, Method, Request, StatusCode, Uri};
use s3s::auth::{Credentials, SecretKey, SimpleAuth};
use s3s::dto::{
    CompleteMultipartUploadInput, CompletedMultipartUpload, CompletedPart, CreateMultipartUploadInput,
    DeleteObjectInput, PutObjectInput, PutObjectOutput, StreamingBlob, UploadPartInput, UploadPartOutput,
};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;
use serde_json::Value;
use tokio::io::AsyncReadExt;

use super::digest::{self, Checked};
use super::{BUCKET, SignedPut};
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
    pub(crate) fn open(data: &Path) -> io::Result<Bucket> {
        let root = data.join("s3");
        std::fs::create_dir_all(root.join(BUCKET))?;
        let files = FileSystem::new(&root).map_err(|error| io::Error::other(format!("{error:?}")))?;
        let files = Arc::new(files);
        let credentials = Credentials {
            access_key: "LOCALCLOUD".to_owned(),
            secret_key: SecretKey::from(identifier::token(40)),
        };
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
        for chunk in chunks {
            self.delete(chunk).await?;
        }
        let etag = response.output.e_tag.ok_or_else(|| io::Error::other("the storage gave no ETag"))?;
        Ok(format!("\"{}\"", etag.into_value()))
    }

    pub(crate) async fn finish(&self, object: &str, upload_id: &str, parts: u32) -> io::Result<()> {
        let numbers = 1..=i32::try_from(parts).map_err(io::Error::other)?;
        let parts = numbers
            .map(|number| CompletedPart { part_number: Some(number), ..CompletedPart::default() })
            .collect();
        let input = CompleteMultipartUploadInput::builder()
            .bucket(BUCKET.to_owned())
            .key(object.to_owned())
            .upload_id(upload_id.to_owned())
            .multipart_upload(Some(CompletedMultipartUpload { parts: Some(parts) }))
            .build()
            .map_err(io::Error::other)?;
        let response = self.files.complete_multipart_upload(self.request(input)).await.map_err(failed)?;
        // s3s-fs may promise the result and join the parts later.
        if let Some(future) = response.output.future {
            future.await.map_err(failed)?;
        }
        Ok(())
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

fn failed(error: s3s::S3Error) -> io::Error {
    io::Error::other(format!("the storage failed: {error:?}"))
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
