/** The tab's media between the core and the screen. What is sent, and that it is sealed, is decided in `@megachat/media` alone. */
import { openCallTab, type CallMedia } from "@megachat/media";
import type { MediaCommand } from "@megachat/wire";
import type { MediaSurface } from "@megachat/ui";
import type { MediaPort } from "@megachat/worker/client";

export interface SurfacePowers {
  readonly port: MediaPort;
  readonly createWorker: () => Worker;
  /** Undefined where the origin is not secure. */
  readonly devices: MediaDevices | undefined;
}
export interface Surface {
  readonly surface: MediaSurface;
  readonly callMedia: CallMedia;
}

export function openSurface({ port, createWorker, devices }: SurfacePowers): Surface {
  const { media, surface } = openCallTab({
    document,
    createWorker,
    devices,
    permissions: navigator.permissions,
    onEvent: ({ call, event }) => port.tell({ type: "event", call, event }),
  });
  port.listen((message) => media.handle(message as { readonly call: string; readonly command: MediaCommand }));
  return { surface, callMedia: media };
}
