PLATFORMS: tuple = ()
