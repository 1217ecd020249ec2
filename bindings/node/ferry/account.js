// What a Client and all that is made from it share, so that the Client can be closed before them.

/** @import { Handle } from "./handle.js" */
/** @import { Relay } from "./relay.js" */

export class Account {
  /**
   * @param {Handle} handle
   * @param {Relay | undefined} relay of its events
   * @param {number | undefined} deadlineMs of its connection
   */
  constructor(handle, relay, deadlineMs) {
    this.handle = handle;
    /** Events come as long as anything that was made with it lives. */
    this.relay = relay;
    this.deadlineMs = deadlineMs;
    handle.kept = relay;
  }
}
