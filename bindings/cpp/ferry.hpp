/// Ferry for C++17 and later: files to Filestack and Telestream Cloud Flip. Headers only, over the C library.
///
/// - Objects own what they hold, and move. A call on one that was moved from throws `errc::invalid_argument`.
/// - A call that fails throws `ferry::error`. What a callback throws ends the call and comes out of it.
/// - Callbacks run on the thread that made the call, one at a time.
/// - A `const` object may be used by several threads at the same time; any other by one.
/// - Text is UTF-8. In options an empty text, an empty list and zero mean the default.
#pragma once

#include "ferry/batch.hpp"
#include "ferry/bytes.hpp"
#include "ferry/connection.hpp"
#include "ferry/encoding.hpp"
#include "ferry/error.hpp"
#include "ferry/event.hpp"
#include "ferry/factory.hpp"
#include "ferry/filelink.hpp"
#include "ferry/filestack.hpp"
#include "ferry/journal.hpp"
#include "ferry/json.hpp"
#include "ferry/profile.hpp"
#include "ferry/progress.hpp"
#include "ferry/request.hpp"
#include "ferry/response.hpp"
#include "ferry/security.hpp"
#include "ferry/stop.hpp"
#include "ferry/tasks.hpp"
#include "ferry/telestream.hpp"
#include "ferry/telestream_object.hpp"
#include "ferry/transform.hpp"
#include "ferry/upload.hpp"
#include "ferry/value.hpp"
#include "ferry/version.hpp"
#include "ferry/video.hpp"
#include "ferry/webhook.hpp"
#include "ferry/writer.hpp"
