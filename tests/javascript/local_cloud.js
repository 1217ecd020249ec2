"use strict";
// Requiring this closes the network of the process, save for the local cloud and servers on 127.0.0.1; so it
// is required before the SDK.
//
// The SDK knows its hosts by name. Here those names lead to the local cloud, over TLS with a certificate for
// them, and every other address is refused, so no byte leaves the machine. tests/sdk.rs sets FERRY_TEST_HTTPS
// (127.0.0.1:PORT) and NODE_EXTRA_CA_CERTS.

const dns = require("dns");
const https = require("https");
const net = require("net");

const [ADDRESS, PORT] = process.env.FERRY_TEST_HTTPS.split(":");
const HOST = /^(upload|www|process|cdn)\.(filestackapi\.com|filestackcontent\.com|media\.example)$/;

const request = https.request;
https.request = (options, done) => {
  if (!HOST.test(options.host)) {
    throw new Error(`${options.host} is not a host of the local cloud`);
  }
  const lookup = (_, { all }, found) =>
    all ? found(null, [{ address: ADDRESS, family: 4 }]) : found(null, ADDRESS, 4);
  // Else Node would add the port to the name of the host.
  const headers = { ...options.headers, host: options.host };
  return request({ ...options, port: PORT, headers, lookup }, done);
};

const look = dns.lookup;
dns.lookup = (name, ...rest) => {
  if (name !== "127.0.0.1") {
    throw new Error(`${name} is looked up`);
  }
  return look(name, ...rest);
};

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...given) {
  const options = Array.isArray(given[0]) ? given[0][0] : given[0];
  const host = options.host || "";
  if (!options.lookup && host !== "127.0.0.1") {
    throw new Error(`a connection to ${host} would leave the local cloud`);
  }
  return connect.apply(this, given);
};

/** Speaks to the cloud's own controls. */
function control(method, name, value) {
  return new Promise((resolve, reject) => {
    const options = { host: ADDRESS, port: PORT, path: `/_local/${name}`, method };
    const sent = request(options, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (piece) => (text += piece));
      answer.on("end", () =>
        answer.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(text)),
      );
    });
    sent.on("error", reject);
    sent.end(value === undefined ? undefined : JSON.stringify(value));
  });
}

/** The requests of these classes since the last call of `forget`. */
async function requests(...classes) {
  const all = await control("GET", "requests");
  return all.filter((entry) => classes.includes(entry.class));
}

module.exports = { control, requests };
