"""What a type checker sees of the binding. Nothing runs it: tests/python_binding.rs gives it to two."""

from typing import List, Optional

import ferry
from typing_extensions import assert_type


def of_telestream(factory: ferry.Factory, profile: ferry.Profile) -> None:
    assert_type(factory.name, str)
    assert_type(factory.upload_original_video, bool)
    profile.width = 640
    (video,) = factory.videos.all()
    assert_type(video, ferry.Video)
    assert_type(video.id, str)
    assert_type(video.duration, int)
    assert_type(video.source_url, Optional[str])
    for encoding in video.encodings.all():
        assert_type(encoding.fps, float)
        assert_type(encoding.files, List[str])
        assert_type(encoding.encoding_progress, Optional[float])
        assert_type(encoding.profile().aspect_mode, str)


async def of_asyncio(client: ferry.Client, factory: ferry.Factory) -> None:
    link = await client.aupload("photo.jpg", deadline=60)
    assert_type(link, ferry.Filelink)
    assert_type(await client.aupload_many(["photo.jpg"], journal="uploads"), List[ferry.Filelink])
    assert_type(await link.aget_content(), bytes)
    assert_type(await factory.upload_session("movie.mp4").astart(), ferry.Video)


def of_files(link: ferry.Filelink) -> None:
    with link.open() as file:
        assert_type(file.read(1), bytes)
    for piece in link.iter_content():
        assert_type(piece, bytes)
    assert_type(link.resize(width=10), ferry.Transformation)
    assert_type(link.av_convert(preset="webm").to_filelink(), ferry.Filelink)
