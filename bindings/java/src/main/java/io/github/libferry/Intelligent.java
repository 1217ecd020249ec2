package io.github.libferry;

/** Whether parts are sent in chunks that get smaller on a bad network. */
public enum Intelligent {
    /** Plain parts. */
    OFF(Abi.FERRY_INTELLIGENT_OFF),
    /** Chunks; plain if the account does not have it. */
    ON(Abi.FERRY_INTELLIGENT_ON),
    /** Plain until a part fails, then in chunks. */
    FALLBACK(Abi.FERRY_INTELLIGENT_FALLBACK);

    final int number;

    Intelligent(int number) {
        this.number = number;
    }
}
