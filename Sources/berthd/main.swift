import ArgumentParser

Daemon.main()
