package io.github.libferry;

/** The state of an {@link Upload}. */
public enum UploadState {
    /** Not run yet. */
    INITIALIZED(Abi.FERRY_UPLOAD_INITIALIZED),
    /** Running. */
    UPLOADING(Abi.FERRY_UPLOAD_UPLOADING),
    /** Paused; another run goes on. */
    PAUSED(Abi.FERRY_UPLOAD_PAUSED),
    /** Interrupted, or failed in a way that may pass; another run goes on. */
    INTERRUPTED(Abi.FERRY_UPLOAD_INTERRUPTED),
    /** Failed, and another run fails too unless the cause is removed. */
    ERROR(Abi.FERRY_UPLOAD_ERROR),
    /** Stored. Final. */
    UPLOADED(Abi.FERRY_UPLOAD_UPLOADED),
    /** Cancelled. Final. */
    ABORTED(Abi.FERRY_UPLOAD_ABORTED);

    private final int number;

    UploadState(int number) {
        this.number = number;
    }

    static UploadState of(int number) {
        for (UploadState state : values()) {
            if (state.number == number) {
                return state;
            }
        }
        throw new FerryException(Status.INTERNAL, "no state of an upload has the number " + number);
    }

    /** The word that the state has in every language, such as "interrupted". */
    @Override
    public String toString() {
        return Abi.ferry_upload_state_name(number);
    }
}
