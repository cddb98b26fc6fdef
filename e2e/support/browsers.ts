/**
 * The two browsers, as the system has them, with a camera and a microphone that are not there: Chromium shows a moving
 * test picture and beeps, Firefox a picture that may stand still and a tone.
 */
import { chromium, firefox, type Browser, type BrowserContext } from "@playwright/test";

export type BrowserKind = "chromium" | "firefox";
/** Who sits where: the first person's browser and the second's. */
export type Pair = readonly [BrowserKind, BrowserKind];

export const paths: Readonly<Record<BrowserKind, string>> = {
  chromium: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  firefox: process.env["FIREFOX"] ?? "/usr/bin/firefox-esr",
};
const chromiumArgs = [
  "--no-sandbox",
  "--use-fake-device-for-media-stream=fps=20",
  "--use-fake-ui-for-media-stream",
  "--autoplay-policy=no-user-gesture-required",
];
const firefoxPrefs = {
  "media.navigator.streams.fake": true,
  "media.navigator.permission.disabled": true,
  "media.peerconnection.ice.loopback": true,
  "media.peerconnection.ice.obfuscate_host_addresses": false,
  "media.cubeb.force_mock_context": true,
  "media.autoplay.default": 0,
  "media.autoplay.blocking_policy": 0,
  "media.gmp-manager.updateEnabled": false,
  // Firefox calls home when it starts, and where there is no way home it waits for a quarter of a minute.
  "app.normandy.enabled": false,
  "browser.region.network.url": "",
  "browser.safebrowsing.update.enabled": false,
  "captivedetect.canonicalURL": "",
  "messaging-system.rsexperimentloader.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "nimbus.rollouts.enabled": false,
  "services.settings.server": "data:,none",
  "toolkit.telemetry.enabled": false,
};
// Firefox over WebDriver BiDi does not know these emulations; asking for none of them keeps it quiet.
const plainContext = { colorScheme: null, reducedMotion: null, forcedColors: null, contrast: null } as const;

export interface LaunchOptions {
  /** The program to start instead of the system's. */
  readonly program?: string;
  /** More switches for Chromium. */
  readonly args?: readonly string[];
  /** More preferences for Firefox. */
  readonly prefs?: Readonly<Record<string, string | number | boolean>>;
}

/** A browser without a profile: what its contexts store goes with them. */
export function launch(kind: BrowserKind, { program = paths[kind], args = [], prefs = {} }: LaunchOptions = {}): Promise<Browser> {
  return kind === "chromium"
    ? chromium.launch({ executablePath: program, args: [...chromiumArgs, ...args] })
    : firefox.launch({ channel: "moz-firefox", executablePath: program, firefoxUserPrefs: { ...firefoxPrefs, ...prefs } });
}

/** A browser with a profile on disk, so that it can be closed, or killed, and opened again. */
export function launchWithProfile(
  kind: BrowserKind,
  folder: string,
  { program = paths[kind], args = [], prefs = {} }: LaunchOptions = {},
): Promise<BrowserContext> {
  return kind === "chromium"
    ? chromium.launchPersistentContext(folder, { executablePath: program, args: [...chromiumArgs, ...args] })
    : firefox.launchPersistentContext(folder, {
        channel: "moz-firefox",
        executablePath: program,
        firefoxUserPrefs: { ...firefoxPrefs, ...prefs },
        ...plainContext,
      });
}

/** A fresh place to keep things in, as a private person would have on a machine of their own. */
export const newContext = (browser: Browser): Promise<BrowserContext> => browser.newContext(plainContext);
