// placeholder while the back-end is written
