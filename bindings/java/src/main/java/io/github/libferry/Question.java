package io.github.libferry;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;

/** A request to Telestream whose answer is JSON. */
record Question(Telestream account, String factory, RequestOptions options) {
    interface Sender {
        int call(Pointer it, Abi.ferry_request_options with, PointerByReference out, PointerByReference err);
    }

    Json ask(Sender sender) {
        try (Call call = new Call(Callbacks.of(options))) {
            Pointer it = call.lend(account.handle);
            Abi.ferry_request_options with = RequestOptions.in(call, options);
            return call.json((out, err) -> sender.call(it, with, out, err));
        }
    }
}
