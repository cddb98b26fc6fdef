/** The peer's picture in a small window above all others, where the browser has that for pages (Picture-in-Picture, W3C). */
import { useEffect, useState, type RefObject } from "react";

export interface PictureInPicture {
  readonly canFloat: boolean;
  readonly floating: boolean;
  readonly toggle: () => Promise<void>;
}

export function usePictureInPicture(video: RefObject<HTMLVideoElement | null>): PictureInPicture {
  const [floating, setFloating] = useState(false);
  useEffect(() => {
    const element = video.current;
    if (element === null) return;
    const read = (): void => setFloating(document.pictureInPictureElement === element);
    element.addEventListener("enterpictureinpicture", read);
    element.addEventListener("leavepictureinpicture", read);
    return () => {
      element.removeEventListener("enterpictureinpicture", read);
      element.removeEventListener("leavepictureinpicture", read);
    };
  }, [video]);
  const toggle = async (): Promise<void> => {
    // Refused only while there is no picture yet, and then there is nothing to float.
    await (floating ? document.exitPictureInPicture() : video.current?.requestPictureInPicture())?.catch(() => undefined);
  };
  return { canFloat: document.pictureInPictureEnabled === true, floating, toggle };
}
