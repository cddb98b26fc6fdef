/** How the header extensions and the feedback that may be negotiated are spelled in a description. [M5] */
import type { FeedbackKind, HeaderExtension } from "@megachat/wire";

export const extensionUris: { readonly [E in HeaderExtension]: string } = {
  mid: "urn:ietf:params:rtp-hdrext:sdes:mid",
  transportWideCc: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  absSendTime: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
};

export const feedbackLines: { readonly [F in FeedbackKind]: string } = {
  transportCc: "transport-cc",
  googRemb: "goog-remb",
  ccmFir: "ccm fir",
  nack: "nack",
  nackPli: "nack pli",
};
