/* A chain that is run gives the picture that was asked for, in a file, in memory or as JSON. */
#include "chain.h"

struct made {
    const char *task, *params, *format;
    int width, height;
};

static const struct made pictures[] = {
    {"resize", "width:100", "png", 100, 67},
    {"resize", "height:160", "png", 240, 160},
    {"resize", "width:50,height:50,fit:crop,align:[top,left]", "png", 50, 50},
    {"rotate", "deg:90", "png", 320, 480},
    {"crop", "dim:[10,20,30,40]", "png", 30, 40},
    {"border", "width:5,color:red", "png", 490, 330},
    {"flip", NULL, "png", 480, 320},
    {"monochrome", NULL, "png", 480, 320},
    {"output", "format:jpg,quality:60", "jpg", 480, 320},
};

static void check_picture(const void *bytes, size_t length, const struct made *made) {
    const struct dimensions got = picture_dimensions(bytes, length);
    CHECK_AT(strcmp(got.format, made->format) == 0 && got.width == made->width && got.height == made->height,
        "%s=%s: %s %d x %d instead of %s %d x %d", made->task, made->params ? made->params : "", got.format,
        got.width, got.height, made->format, made->width, made->height);
}

/* The same bytes in memory and in a file. */
static void in_memory_and_in_a_file(const ferry_transform *chain, const struct made *made) {
    ferry_bytes *content = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_transform_content(chain, NULL, &content, &err), err);
    check_picture(ferry_bytes_data(content), ferry_bytes_len(content), made);
    uint64_t length = 0;
    CHECK_OK(ferry_transform_download(chain, scratch("made"), NULL, &length, &err), err);
    CHECK(length == ferry_bytes_len(content));
    check_file(scratch("made"), ferry_bytes_data(content), ferry_bytes_len(content));
    ferry_bytes_free(content);
}

static void one_task(const ferry_filestack *client, const char *handle) {
    for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++) {
        ferry_transform *chain = chain_of(client, handle, pictures[i].task, pictures[i].params);
        in_memory_and_in_a_file(chain, &pictures[i]);
        ferry_transform_free(chain);
    }
}

static void several_tasks(const ferry_filestack *client, const char *handle) {
    const struct made made = {"resize, rotate, border", NULL, "png", 52, 62};
    ferry_transform *chain = chain_of(client, handle, "resize", "width:60,height:50,fit:crop"), *other = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_transform_clone(chain, &other, &err), err);
    CHECK_OK(ferry_transform_add_json(chain, "rotate", "{\"deg\":90}", &err), err);
    CHECK_OK(ferry_transform_add(chain, "border", "width:1,color:blue", &err), err);
    in_memory_and_in_a_file(chain, &made);
    in_memory_and_in_a_file(other, &(struct made){"resize", "", "png", 60, 50});
    ferry_transform_free(other);
    ferry_transform_free(chain);
    /* No task: the file as it is. */
    chain = chain_new(client, handle);
    in_memory_and_in_a_file(chain, &(struct made){"", "", "png", 480, 320});
    ferry_transform_free(chain);
}

/* The service fetches a picture that it does not store. */
static void from_elsewhere(const ferry_filestack *client, const ferry_filelink *link) {
    ferry_transform *chain = chain_of(client, ferry_filelink_url(link), "resize", "width:48");
    in_memory_and_in_a_file(chain, &(struct made){"resize", "width:48", "png", 48, 32});
    char *path = cloud_path("transform");
    CHECK_HAS(path, "/TESTKEY/resize=width:48/http://127.0.0.1:");
    free(path);
    ferry_transform_free(chain);
}

static ferry_value *answer_of(
    const ferry_filestack *client, const char *handle, const char *task, const char *params) {
    ferry_transform *chain = chain_of(client, handle, task, params);
    ferry_value *answer = NULL;
    ferry_error *err = NULL;
    CHECK_OK(ferry_transform_json(chain, NULL, &answer, &err), err);
    ferry_transform_free(chain);
    return answer;
}

static void answers(const ferry_filestack *client, const char *handle) {
    ferry_value *size = answer_of(client, handle, "imagesize", NULL);
    CHECK_STR(ferry_value_json(size), "{\"width\":480,\"height\":320}");
    ferry_value_free(size);
    ferry_value *tags = answer_of(client, handle, "tags", NULL);
    const ferry_value *labels = ferry_value_get(ferry_value_get(tags, "tags"), "auto");
    CHECK(ferry_value_type(labels) == FERRY_VALUE_OBJECT && ferry_value_len(labels) > 0 &&
          ferry_value_int(ferry_value_at(labels, 0)) > 0);
    ferry_value_free(tags);
    ferry_value *safe = answer_of(client, handle, "sfw", NULL);
    CHECK(ferry_value_type(ferry_value_get(safe, "sfw")) == FERRY_VALUE_BOOL);
    ferry_value_free(safe);
    ferry_value *text = answer_of(client, handle, "ocr", NULL);
    CHECK(ferry_value_len(ferry_value_get(text, "text")) > 0);
    CHECK(ferry_value_len(ferry_value_get(ferry_value_get(text, "document"), "text_areas")) > 0);
    ferry_value_free(text);
    ferry_value *caption = answer_of(client, handle, "caption", NULL);
    CHECK(ferry_value_string(ferry_value_get(caption, "caption")) != NULL);
    ferry_value_free(caption);
    ferry_value *metadata = answer_of(client, handle, "metadata", NULL);
    CHECK_STR(ferry_value_string(ferry_value_get(metadata, "filename")), "ferry.png");
    ferry_value_free(metadata);
    /* After another task it is about that one's result. */
    ferry_transform *chain = chain_of(client, handle, "resize", "width:48");
    ferry_error *err = NULL;
    CHECK_OK(ferry_transform_add(chain, "imagesize", NULL, &err), err);
    CHECK_OK(ferry_transform_json(chain, NULL, &size, &err), err);
    CHECK_STR(ferry_value_json(size), "{\"width\":48,\"height\":32}");
    ferry_value_free(size);
    ferry_transform_free(chain);
}

static void check_refusal(
    ferry_transform *chain, ferry_status wanted, int http_status, const char *body, const char *part) {
    ferry_bytes *content = (ferry_bytes *)&content;
    ferry_error *err = NULL;
    ferry_status status = ferry_transform_content(chain, NULL, &content, &err);
    CHECK(content == NULL);
    ferry_bytes_free(content);
    CHECK(ferry_error_http_status(err) == http_status);
    CHECK_HAS(ferry_error_body(err), body);
    CHECK_STR(ferry_error_step(err), "transform");
    CHECK(!ferry_error_retryable(err));
    CHECK_ERROR(status, wanted, err, part);
    ferry_transform_free(chain);
}

/* What the service cannot do it says, and so does the error, with the names of the tasks. */
static void refusals(const ferry_filestack *client, const char *handle) {
    check_refusal(chain_of(client, handle, "pdfcreate", NULL), FERRY_HTTP, 501, "pdfcreate",
        "cannot get the result of pdfcreate of ");
    check_refusal(chain_of(client, "AAAAAAAAAAAAAAAAAAAA", "flip", NULL), FERRY_HTTP, 404, "File not found",
        "flip of AAAAAAAAAAAAAAAAAAAA: HTTP 404");
    ferry_transform *chain = chain_new(client, handle);
    ferry_error *err = NULL;
    CHECK_OK(ferry_transform_add_raw(chain, "no_such_task=k:v", &err), err);
    check_refusal(chain, FERRY_HTTP, 400, "no_such_task", "HTTP 400");
    chain = chain_new(client, handle);
    CHECK_OK(ferry_transform_add_raw(chain, "resize=heigt:5", &err), err);
    check_refusal(
        chain, FERRY_HTTP, 400, "invalid parameter `heigt` for `resize` task", "invalid parameter `heigt`");
    ferry_filelink *text = stored(client, "a.txt", "no picture", 10);
    check_refusal(
        chain_of(client, ferry_filelink_handle(text), "flip", NULL), FERRY_HTTP, 400, "", "HTTP 400");
    ferry_filelink_free(text);
    /* JSON was asked for, a picture came. */
    chain = chain_of(client, handle, "flip", NULL);
    ferry_value *answer = (ferry_value *)&answer;
    CHECK_ERROR(ferry_transform_json(chain, NULL, &answer, &err), FERRY_PROTOCOL, err, "not JSON");
    CHECK(answer == NULL);
    ferry_transform_free(chain);
}

/* An account that is unknown is told so with status 200: what came is no picture. */
static void an_unknown_account(const ferry_filestack *client, const char *handle) {
    cloud_faults("[{\"class\":\"transform\",\"action\":{\"status\":200,\"body\":\"Invalid Application\"}}]");
    check_refusal(chain_of(client, handle, "flip", NULL), FERRY_PROTOCOL, 200, "Invalid Application",
        "Invalid Application");
    cloud_reset();
}

int main(void) {
    check_begin();
    ferry_filestack *client = client_without_retries();
    size_t length;
    unsigned char *picture = the_picture(&length);
    ferry_filelink *link = stored(client, "ferry.png", picture, length);
    const char *handle = ferry_filelink_handle(link);
    one_task(client, handle);
    several_tasks(client, handle);
    from_elsewhere(client, link);
    answers(client, handle);
    refusals(client, handle);
    an_unknown_account(client, handle);
    ferry_filelink_free(link);
    free(picture);
    ferry_filestack_free(client);
    return check_result();
}
